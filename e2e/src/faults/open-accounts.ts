import type { RunningBank } from '@guichet/tools';
import { newAgent, newMember, openAccount, superuserOf } from '../people.ts';
import type { Person } from '../person.ts';
import type { Member } from './load.ts';

const NAMES = ['alice', 'bob', 'chloe', 'denis'];
const ACCOUNTS_EACH = 2;

/** In a new bank: two agents, and four members with two open accounts each. */
export async function openAccounts(bank: RunningBank): Promise<{ agents: Person[]; members: Member[] }> {
  const root = await superuserOf(bank);
  const agent = await newAgent(root, 'agent');
  const agents = [agent, await newAgent(root, 'agathe')];
  const members: Member[] = [];
  for (const username of NAMES) {
    const person = await newMember(agent, username);
    const accounts: Awaited<ReturnType<typeof openAccount>>[] = [];
    for (let number = 1; number <= ACCOUNTS_EACH; number += 1)
      accounts.push(await openAccount(person, agent, { name: `Account ${number}` }));
    members.push({ person, accounts });
  }
  return { agents, members };
}
