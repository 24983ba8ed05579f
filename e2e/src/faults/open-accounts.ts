import { eventually } from '@guichet/testing';
import type { RunningBank } from '@guichet/tools';
import { Person } from '../person.ts';
import type { Member } from './load.ts';

const NAMES = ['alice', 'bob', 'chloe', 'denis'];
const ACCOUNTS_EACH = 2;

/** In a new bank: two agents, and four members with two open accounts each. */
export async function openAccounts(bank: RunningBank): Promise<{ agents: Person[]; members: Member[] }> {
  const { superuser } = bank.logins;
  const root = new Person(bank.url, superuser.username, superuser.password);
  await root.logIn();
  const agents: Person[] = [];
  for (const username of ['agent', 'agathe']) {
    const agent = new Person(bank.url, username, 'Counter and window 1');
    const email = `${username}@guichet.example`;
    await root.post('/api/auth/agents', { username, email, password: agent.password });
    await agent.logIn();
    agents.push(agent);
  }
  const [agent] = agents as [Person];
  const members: Member[] = [];
  for (const username of NAMES) {
    const person = new Person(bank.url, username, 'Seven green bottles');
    const email = `${username}@example.org`;
    const { body } = await person.post('/api/auth/register', { username, email, password: person.password });
    await agent.post(`/api/auth/users/${body.id}/activate`);
    await person.logIn();
    const accounts: { id: string; iban: string }[] = [];
    for (let number = 1; number <= ACCOUNTS_EACH; number += 1) {
      const requested = await eventually(async () => {
        const reply = await person.post('/api/accounts', { name: `Account ${number}`, type: 'current' });
        return reply.status === 201 ? reply : null;
      });
      await agent.post(`/api/operations/${requested.body.id}/approve`);
      const { account_id: id } = requested.body;
      accounts.push({ id, iban: (await person.get(`/api/accounts/${id}`)).body.iban });
    }
    members.push({ person, accounts });
  }
  return { agents, members };
}
