import type { RunningBank } from '@guichet/tools';
import { newAgent, newMember, openAccount, superuserOf } from './people.ts';
import type { Person } from './person.ts';

/** In a new bank: an agent, a member, and the member's account, which the agent approved. */
export async function openFirstAccount(
  bank: RunningBank,
): Promise<{ agent: Person; member: Person; accountId: string }> {
  const agent = await newAgent(await superuserOf(bank), 'agent');
  const member = await newMember(agent, 'member');
  const { id } = await openAccount(member, agent);
  return { agent, member, accountId: id };
}
