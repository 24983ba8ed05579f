import { randomBytes } from 'node:crypto';
import { sentence } from '@guichet/contract/events';
import { type Database, transaction } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import { nameOf } from '../audit.ts';
import type { Policy } from '../deps.ts';
import { userChanged } from '../messages.ts';
import { operatorRan } from '../operator.ts';
import type { PasswordHasher } from '../passwords/hasher.ts';
import { forgetUser } from '../users/forget-user.ts';
import { newUser } from '../users/new-user.ts';
import { insertUser, listTestAgentIds, lockUsers } from '../users/store.ts';

/** One requests a reversal, and a bank may require two others to approve it. */
const AGENTS = 3;

interface Login {
  username: string;
  password: string;
}

export interface TestAgentDeps {
  db: Database;
  clock: () => Date;
  hasher: PasswordHasher;
  policy: Pick<Policy, 'tokenTtlSeconds'>;
}

/**
 * Creates agents for a test of this bank, after it has removed those that an interrupted test left. Their passwords are random and stored as
 * hashes; only `keep` gets them, before the agents exist, so that none is left whose login was lost.
 */
export async function createTestAgents(
  deps: TestAgentDeps,
  keep: (logins: readonly Login[]) => Promise<void>,
): Promise<number> {
  await removeTestAgents(deps);
  const mark = randomBytes(4).toString('hex');
  const logins = Array.from({ length: AGENTS }, (_, index) => ({
    username: `test-agent-${mark}-${index + 1}`,
    password: randomBytes(24).toString('base64url'),
  }));
  const hashes = await Promise.all(logins.map(({ password }) => deps.hasher.hash(password)));
  await keep(logins);
  await transaction(deps.db, async (trx) => {
    const now = deps.clock();
    for (const [index, { username }] of logins.entries()) {
      const person = {
        username,
        email: `${username}@guichet.example`,
        first_name: null,
        last_name: null,
        language: 'en',
      } as const;
      const as = { role: 'agent', status: 'active', passwordHash: hashes[index] ?? null } as const;
      const agent = await insertUser(trx, newUser(person, as, now));
      await enqueue(trx, [
        userChanged(agent),
        operatorRan(now, {
          user: agent,
          sentence: sentence`An operator created ${nameOf(agent)}, an agent for a test of the bank.`,
          data: { command: 'test-agents create' },
        }),
      ]);
    }
  });
  return logins.length;
}

/** Deletes all agents of such tests. @returns how many */
export async function removeTestAgents(deps: Omit<TestAgentDeps, 'hasher'>): Promise<number> {
  const ids = await listTestAgentIds(deps.db);
  return transaction(deps.db, async (trx) => {
    const now = deps.clock();
    const agents = await lockUsers(trx, ids);
    for (const agent of agents) {
      await enqueue(trx, [
        ...(await forgetUser(deps, trx, agent, now)),
        operatorRan(now, {
          user: agent,
          sentence: sentence`An operator deleted ${nameOf(agent)}, an agent for a test of the bank.`,
          data: { command: 'test-agents remove' },
        }),
      ]);
    }
    return agents.length;
  });
}
