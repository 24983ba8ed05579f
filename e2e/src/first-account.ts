import { eventually } from '@guichet/testing';
import type { RunningBank } from '@guichet/tools';
import { Person } from './person.ts';

/** In a new bank: an agent, a member, and the member's account, which the agent approved. */
export async function openFirstAccount({
  url,
  logins,
}: RunningBank): Promise<{ agent: Person; member: Person; accountId: string }> {
  const root = new Person(url, logins.superuser.username, logins.superuser.password);
  await root.logIn();
  const agent = new Person(url, 'agent', 'Counter and window 1');
  const member = new Person(url, 'member', 'Seven green bottles');
  await root.post('/api/auth/agents', {
    username: 'agent',
    email: 'agent@guichet.example',
    password: agent.password,
  });
  await agent.logIn();
  const { body } = await member.post('/api/auth/register', {
    username: 'member',
    email: 'member@example.org',
    password: member.password,
  });
  await agent.post(`/api/auth/users/${body.id}/activate`);
  await member.logIn();
  const requested = await eventually(async () => {
    const reply = await member.post('/api/accounts', { name: 'Main', type: 'current' });
    return reply.status === 201 ? reply : null;
  });
  await agent.post(`/api/operations/${requested.body.id}/approve`);
  return { agent, member, accountId: requested.body.account_id };
}
