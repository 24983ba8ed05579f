import { createHash } from 'node:crypto';
import type { TestBank, TestPerson, TestReplica } from '../fixtures.ts';

/** Members and agents who use a bank of two replicas at random. */
export interface Activity {
  bank: TestBank;
  agents: [TestPerson, TestPerson];
  /** Requests operations of every kind that moves money, and decides most of them, many at once. */
  act(operations: number): Promise<void>;
  close(): Promise<void>;
}

/** A random number below `below`, reproducible from `seed`. */
export type Draw = (below: number) => number;

export function drawFrom(seed: number): Draw {
  let drawn = 0;
  return (below) => {
    drawn += 1;
    return createHash('sha256').update(`${seed} ${drawn}`).digest().readUInt32BE() % below;
  };
}

const ACCOUNTS = 4;

export async function openActivity(bank: TestBank, draw: Draw): Promise<Activity> {
  const other = await bank.replica();
  const replicas: TestReplica[] = [bank, other];
  const agents: [TestPerson, TestPerson] = [await bank.person('agent'), await bank.person('agent')];
  const alice = await bank.person('member');
  const accounts: string[] = [];
  for (let index = 0; index < ACCOUNTS; index += 1)
    accounts.push(await bank.account(alice, agents[0], 50_000));
  const client = () => (replicas[draw(2)] as TestReplica).client;
  const anAccount = () => accounts[draw(ACCOUNTS)] as string;

  async function one(): Promise<void> {
    const account_id = anAccount();
    const amount = 1 + draw(300);
    const bodies = [
      { type: 'deposit', account_id, amount },
      { type: 'deposit', account_id, amount },
      { type: 'withdrawal', account_id, amount },
      {
        type: 'internal_transfer',
        from_account_id: account_id,
        to_account_id: accounts.find((id) => id !== account_id),
        amount,
      },
    ];
    const token = alice.token;
    const requested = await client().post('/api/operations', bodies[draw(bodies.length)], { token });
    if (requested.status !== 201) return;
    const { id } = requested.body;
    const agent = { token: agents[draw(2)]?.token ?? '' };
    const end = draw(10);
    if (end === 0) return;
    if (end === 1) await client().post(`/api/operations/${id}/cancel`, undefined, { token });
    else if (end === 2) await client().post(`/api/operations/${id}/reject`, { reason: 'No' }, agent);
    else {
      const posted = await client().post(`/api/operations/${id}/approve`, undefined, agent);
      if (draw(8) > 0 || posted.body.transfer_id == null) return;
      const undo = { type: 'reversal', transfer_id: posted.body.transfer_id, reason: 'Typed twice' };
      const asked = await client().post('/api/operations', undo, { token: agents[0].token });
      if (asked.status === 201)
        await client().post(`/api/operations/${asked.body.id}/approve`, undefined, {
          token: agents[1].token,
        });
    }
  }

  return {
    bank,
    agents,
    async act(operations) {
      await Promise.all(Array.from({ length: operations }, one));
    },
    close: () => other.close(),
  };
}
