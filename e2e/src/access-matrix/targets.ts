import { randomUUID } from 'node:crypto';
import type { Role } from '@guichet/contract';
import { addPasskey } from '../../../services/auth/src/passkeys/software-authenticator.fixture.ts';
import { newApiToken, type SignedInUser, type World } from './world.ts';

export const SOME_IBAN = 'DE89370400440532013000';

/** Starts with a letter, as usernames do. */
export const unique = () => `x${randomUUID().replaceAll('-', '').slice(0, 20)}`;

/** An open account with 100.00. Its owner is the caller if that is a member, otherwise a new member. */
export async function account(world: World, caller: SignedInUser): Promise<string> {
  const owner = caller.role === 'member' ? caller : await world.signedInUser('member');
  const agent = await world.signedInUser('agent');
  return world.bank.account(owner, agent, 10_000);
}

export async function emptyAccount(world: World, caller: SignedInUser): Promise<string> {
  return world.bank.account(caller, await world.signedInUser('agent'));
}

/** The body of a 201 reply. */
async function posted(world: World, path: string, body: unknown, { token }: SignedInUser) {
  const client = path.startsWith('/api/auth/') ? world.clients.auth : world.clients.accounts;
  const reply = await client.post(path, body, { token });
  if (reply.status !== 201) throw new Error(`${path}: ${reply.text}`);
  return reply.body;
}

/** A pending withdrawal. Its requester is the caller if that is a member, otherwise a new member. */
export async function operation(world: World, caller: SignedInUser): Promise<string> {
  const owner = caller.role === 'member' ? caller : await world.signedInUser('member');
  const account_id = await account(world, owner);
  return (await posted(world, '/api/operations', { type: 'withdrawal', account_id, amount: 100 }, owner)).id;
}

/** The body of a request for a standing order that begins tomorrow. */
export function orderFrom(from_account_id: string, now: Date) {
  const [first_on] = new Date(now.getTime() + 36 * 3_600_000).toISOString().split('T');
  return { from_account_id, to: { name: 'X', iban: SOME_IBAN }, amount: 100, every: 'month', first_on };
}

/** An active standing order. Its customer is the caller if that is a member, otherwise a new member. */
export async function standingOrder(world: World, caller: SignedInUser): Promise<string> {
  const owner = caller.role === 'member' ? caller : await world.signedInUser('member');
  const agent = await world.signedInUser('agent');
  const body = orderFrom(await account(world, owner), world.bank.time.now);
  const { id } = await posted(world, '/api/standing-orders', body, owner);
  await world.bank.approve(agent, id);
  return id;
}

export async function beneficiary(world: World, caller: SignedInUser): Promise<string> {
  return (await posted(world, '/api/beneficiaries', { name: 'X', iban: SOME_IBAN }, caller)).id;
}

export async function apiToken(world: World, caller: SignedInUser): Promise<string> {
  const wanted = newApiToken(world.clients.auth, ['profile']);
  return (await posted(world, '/api/auth/tokens', wanted, caller)).id;
}

export async function passkey(world: World, caller: SignedInUser): Promise<string> {
  return (await addPasskey(world.auth, caller.token)).passkey.id;
}

export async function session(world: World, caller: SignedInUser): Promise<string> {
  await world.auth.signIn(caller);
  const { body } = await world.clients.auth.get('/api/auth/sessions', { token: caller.token });
  return body.items.find((one: { current: boolean }) => !one.current).id;
}

export const user =
  (role: Role, status: 'pending' | 'active' = 'active') =>
  async ({ auth }: World) =>
    (await auth.user({ role, status, username: unique() })).id;

/** An agent who has not accepted the invitation yet. */
export const invitedAgent = async ({ auth }: World) =>
  (await auth.user({ role: 'agent', status: 'pending', password: null, username: unique() })).id;

/** The transfer of a deposit that an agent other than the caller has posted. */
export async function transfer(world: World): Promise<string> {
  const owner = await world.signedInUser('member');
  const agent = await world.signedInUser('agent');
  const account_id = await account(world, owner);
  const { id } = await posted(world, '/api/operations', { type: 'deposit', account_id, amount: 100 }, owner);
  return (await world.bank.approve(agent, id)).body.transfer_id;
}
