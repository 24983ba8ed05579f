import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Person, Reply } from '../person.ts';

/** A request and its reply. */
interface Acknowledged {
  by: Person;
  path: string;
  body: unknown;
  key: string;
  reply: Reply;
}

/** Everything that the bank has acknowledged to its clients. */
export interface AcknowledgedState {
  acknowledged: Acknowledged[];
  /** The last status of each operation in a reply. */
  operations: Map<string, { status: string; type: string }>;
  /** The expected balance and held amount of each account. */
  balances: Map<string, number>;
  held: Map<string, number>;
  /** The number of requests, and of retries among them. */
  sent: number;
  retried: number;
}

export function emptyState(accounts: readonly string[]): AcknowledgedState {
  return {
    acknowledged: [],
    operations: new Map(),
    balances: new Map(accounts.map((id) => [id, 0])),
    held: new Map(accounts.map((id) => [id, 0])),
    sent: 0,
    retried: 0,
  };
}

/** Posts a request and retries it with the same idempotency key until there is a reply, as a careful client does. */
export async function postUntilAnswered(
  state: AcknowledgedState,
  by: Person,
  path: string,
  body: unknown,
  key: string = randomUUID(),
): Promise<Reply> {
  for (let attempt = 0; ; attempt += 1) {
    state.sent += 1;
    if (attempt > 0) state.retried += 1;
    const reply = await by.post(path, body, { 'idempotency-key': key }).catch(() => null);
    if (reply !== null && reply.status < 500 && reply.body?.code !== 'request_in_progress') {
      state.acknowledged.push({ by, path, body, key, reply });
      return reply;
    }
    if (attempt === 2_000) throw new Error(`${path} got no reply: ${reply?.text ?? 'no connection'}`);
    await sleep(50);
  }
}

interface Member {
  person: Person;
  accounts: readonly [string, string];
}

/** Requests operations and has them decided, one after another, while `isOpen()`. */
export async function runCustomer(
  state: AcknowledgedState,
  { person, accounts }: Member,
  agent: Person,
  isOpen: () => boolean,
): Promise<void> {
  const [first, second] = accounts;
  while (isOpen()) {
    const amount = 1 + Math.floor(Math.random() * 500);
    const chance = Math.random();
    if (chance < 0.2) {
      const deposits = [amount, amount + 1, amount + 2];
      const ids = [];
      for (const one of deposits) {
        const requested = await postUntilAnswered(
          state,
          person,
          '/api/operations',
          cash('deposit', second, one),
        );
        ids.push(record(state, requested));
      }
      await decideInBulk(state, agent, ids, deposits, second);
    } else {
      const body =
        chance < 0.5
          ? cash('deposit', first, amount)
          : chance < 0.75
            ? cash('withdrawal', first, amount)
            : { type: 'internal_transfer', from_account_id: first, to_account_id: second, amount };
      const requested = await postUntilAnswered(state, person, '/api/operations', body);
      if (requested.body.code === 'insufficient_funds') continue;
      const id = record(state, requested);
      const isDebit = body.type !== 'deposit';
      if (isDebit) add(state.held, first, amount);
      const ending = Math.random();
      const [action, who, why] =
        ending < 0.7
          ? (['approve', agent, undefined] as const)
          : ending < 0.8
            ? (['reject', agent, { reason: 'No' }] as const)
            : ending < 0.9
              ? (['cancel', person, undefined] as const)
              : (['leave', person, undefined] as const);
      if (action === 'leave') continue;
      record(state, await postUntilAnswered(state, who, `/api/operations/${id}/${action}`, why));
      if (isDebit) add(state.held, first, -amount);
      if (action !== 'approve') continue;
      add(state.balances, first, isDebit ? -amount : amount);
      if (body.type === 'internal_transfer') add(state.balances, second, amount);
    }
  }
}

async function decideInBulk(
  state: AcknowledgedState,
  agent: Person,
  ids: readonly string[],
  amounts: readonly number[],
  account: string,
): Promise<void> {
  const items = ids.map((id, index) => ({ id, decision: index === 1 ? 'reject' : 'approve' }));
  const decided = await postUntilAnswered(state, agent, '/api/operations/decisions', { items });
  for (const [index, { id, status, error }] of (decided.body.items as BulkItem[]).entries()) {
    if (error !== null) throw new Error(`a bulk decision was refused: ${decided.text}`);
    state.operations.set(id, { status, type: 'deposit' });
    if (status === 'posted') add(state.balances, account, amounts[index] ?? 0);
  }
}

interface BulkItem {
  id: string;
  status: string;
  error: { code: string } | null;
}

function cash(type: 'deposit' | 'withdrawal', account: string, amount: number) {
  return { type, account_id: account, amount };
}

/** Records the status of an operation. @throws Error if the bank refused a valid request */
function record(state: AcknowledgedState, { status, body, text }: Reply): string {
  if (status >= 300) throw new Error(`refused: ${text}`);
  state.operations.set(body.id, { status: body.status, type: body.type });
  return body.id;
}

function add(sums: Map<string, number>, account: string, amount: number): void {
  sums.set(account, (sums.get(account) ?? 0) + amount);
}
