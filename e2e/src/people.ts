import { eventually } from '@guichet/testing';
import type { RunningBank } from '@guichet/tools';
import { Person } from './person.ts';

/** The superuser of a bank, signed in. */
export async function superuserOf({
  url,
  logins: { superuser },
}: Pick<RunningBank, 'url' | 'logins'>): Promise<Person> {
  const root = new Person(url, superuser.username, superuser.password);
  await root.logIn();
  return root;
}

/** A new agent, whom the superuser creates, signed in. */
export async function newAgent(root: Person, username: string): Promise<Person> {
  const agent = new Person(root.origin, username, 'Counter and window 1');
  const { password } = agent;
  const created = await root.post('/api/auth/agents', {
    username,
    email: `${username}@guichet.example`,
    password,
  });
  if (created.status >= 300) throw new Error(created.text);
  await agent.logIn();
  return agent;
}

/** A new member, whom the agent activates, signed in. */
export async function newMember(agent: Person, username: string): Promise<Person> {
  const member = new Person(agent.origin, username, 'Seven green bottles');
  const { password } = member;
  const registered = await member.post('/api/auth/register', {
    username,
    email: `${username}@example.org`,
    password,
  });
  const activated = await agent.post(`/api/auth/users/${registered.body.id}/activate`);
  if (activated.status >= 300) throw new Error(`${registered.text} ${activated.text}`);
  await member.logIn();
  return member;
}

/** Requests an account, as soon as accounts knows its new owner. @returns the operation */
export async function requestAccount(
  owner: Person,
  { name = 'Main', type = 'current' }: { name?: string; type?: 'current' | 'savings' } = {},
): Promise<{ id: string; account_id: string }> {
  const requested = await eventually(async () => {
    const reply = await owner.post('/api/accounts', { name, type });
    return reply.status === 201 ? reply : null;
  });
  return requested.body;
}

/** A new account, which the agent approves. */
export async function openAccount(
  owner: Person,
  agent: Person,
  wanted?: { name?: string; type?: 'current' | 'savings' },
): Promise<{ id: string; iban: string }> {
  const { id, account_id: accountId } = await requestAccount(owner, wanted);
  const approved = await agent.post(`/api/operations/${id}/approve`);
  if (approved.status >= 300) throw new Error(approved.text);
  return (await owner.get(`/api/accounts/${accountId}`)).body;
}
