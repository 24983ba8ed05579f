import { randomUUID } from 'node:crypto';
import type { Role } from '@guichet/contract';
import { NO_UUID, uuidBytes } from '@guichet/database';
import { pacs004, pacs008 } from '../../../services/accounts/src/payment-files/files.fixture.ts';
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

/** A file with a payment that belongs to no account, `count` times. */
export function paymentFile(count = 1): string {
  return pacs008(unique(), Array(count).fill({ endToEndId: unique(), iban: SOME_IBAN }));
}

export function returnsFile(): string {
  return pacs004(unique(), [{ endToEndId: unique(), amount: '1.00' }]);
}

async function receivedFile(world: World, raw = paymentFile()): Promise<string> {
  const { token } = await world.signedInUser('agent');
  const headers = { 'content-type': 'application/xml' };
  const reply = await world.clients.accounts.post('/api/payments/incoming', undefined, {
    token,
    raw,
    headers,
  });
  if (reply.status !== 202) throw new Error(reply.text);
  return reply.body.id;
}

/** The operation that a file of payments was received as. */
export const fileOperation = (world: World) => receivedFile(world);

/** A payment that waits in suspense. */
export async function suspenseItem(world: World): Promise<string> {
  const [item] = await itemsOf(world, await receivedFile(world));
  return item?.id ?? '';
}

/** A payment that came twice in an approved file. */
export async function duplicateItem(world: World): Promise<string> {
  const [, item] = await itemsOf(world, await receivedFile(world, paymentFile(2)));
  return item?.id ?? '';
}

/** The payments of a file, which another agent approves. */
async function itemsOf(world: World, id: string): Promise<{ id: string }[]> {
  const { token } = await world.signedInUser('agent');
  await world.clients.accounts.post(`/api/operations/${id}/approve`, undefined, { token });
  const { body } = await world.clients.accounts.get(`/api/payments/incoming/${id}/items`, { token });
  return body.items;
}

/** At an address where nothing listens, which the test's bank allows. */
export const WEBHOOK = { url: 'https://127.0.0.1:9/', events: ['operation.posted'] };

const tests = new Map<string, string>();

/** A webhook that was tested once. */
export async function webhook(world: World, caller: SignedInUser): Promise<string> {
  const { id } = await posted(world, '/api/webhooks', WEBHOOK, caller);
  const { token } = caller;
  tests.set(
    id,
    (await world.clients.accounts.post(`/api/webhooks/${id}/test`, undefined, { token })).body.id,
  );
  return id;
}

/** The message of that test. */
export const testOf = (webhookId: string) => tests.get(webhookId) ?? webhookId;

/** A posted transfer to another bank, which waits for a batch. */
export async function waitingPayment(world: World): Promise<string> {
  const owner = await world.signedInUser('member');
  const agent = await world.signedInUser('agent');
  const body = {
    type: 'external_transfer',
    from_account_id: await account(world, owner),
    to: { name: 'X', iban: SOME_IBAN },
    amount: 100,
  };
  const { id } = await posted(world, '/api/operations', body, owner);
  await world.bank.approve(agent, id);
  return id;
}

/** A batch with a transfer to another bank. */
export async function paymentBatch(world: World): Promise<string> {
  await waitingPayment(world);
  return (await posted(world, '/api/payments/batches', {}, await world.signedInUser('agent'))).id;
}

/** The same, on its way. */
export async function sentBatch(world: World): Promise<string> {
  const id = await paymentBatch(world);
  const { token } = await world.signedInUser('agent');
  await world.clients.accounts.post(`/api/payments/batches/${id}/sent`, undefined, { token });
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

/** The month of an interest run that can be requested: interest is owed, and no other run waits. */
export async function owedInterest(world: World, caller: SignedInUser): Promise<string> {
  const month = '2020-01';
  const { owner } = world.bank;
  const id = await account(world, caller);
  await owner('interest_runs').update({ claim: null, state: 'abandoned' });
  await owner('accruals').insert({ account_id: uuidBytes(id), month, accrued: 3_650_000 });
  const through = '2020-12-31';
  await owner('accrual_progress')
    .insert({ id: 1, through, after_account_id: uuidBytes(NO_UUID) })
    .onConflict()
    .ignore();
  return month;
}

/** An interest run that waits for an agent. */
export async function interestRun(world: World, caller: SignedInUser): Promise<string> {
  const month = await owedInterest(world, caller);
  const agent = await world.signedInUser('agent');
  return (await posted(world, '/api/interest-runs', { month }, agent)).id;
}
