import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Person, Reply } from '../person.ts';

/** A request that was answered, and what it was answered. */
interface Acknowledged {
  by: Person;
  path: string;
  body: unknown;
  key: string;
  reply: Reply;
}

/** What people did at the bank, as far as the bank has told them: nothing else counts. */
export interface Notebook {
  acknowledged: Acknowledged[];
  /** Of each operation, the last status that somebody was told. */
  operations: Map<string, { status: string; type: string }>;
  /** What each account must hold, and what it must hold back, by what was acknowledged. */
  balances: Map<string, number>;
  held: Map<string, number>;
  /** Requests that were sent, and those of them that were sent again because nobody knew what had become of them. */
  sent: number;
  sentAgain: number;
}

export function openNotebook(accounts: readonly string[]): Notebook {
  return {
    acknowledged: [],
    operations: new Map(),
    balances: new Map(accounts.map((id) => [id, 0])),
    held: new Map(accounts.map((id) => [id, 0])),
    sent: 0,
    sentAgain: 0,
  };
}

/** Asks, and asks again under the same key until the bank answers: what a careful client does. */
export async function insist(
  notebook: Notebook,
  by: Person,
  path: string,
  body: unknown,
  key: string = randomUUID(),
): Promise<Reply> {
  for (let attempt = 0; ; attempt += 1) {
    notebook.sent += 1;
    if (attempt > 0) notebook.sentAgain += 1;
    const reply = await by.post(path, body, { 'idempotency-key': key }).catch(() => null);
    if (reply !== null && reply.status < 500 && reply.body?.code !== 'request_in_progress') {
      notebook.acknowledged.push({ by, path, body, key, reply });
      return reply;
    }
    if (attempt === 2_000) throw new Error(`${path} was never answered: ${reply?.text ?? 'no connection'}`);
    await sleep(50);
  }
}

interface Member {
  person: Person;
  accounts: readonly [string, string];
}

/** Somebody who asks, and has it decided, one thing after the other, as long as `isOpen`. */
export async function livesOn(
  notebook: Notebook,
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
        const asked = await insist(notebook, person, '/api/operations', cash('deposit', second, one));
        ids.push(note(notebook, asked));
      }
      await decideTogether(notebook, agent, ids, deposits, second);
    } else {
      const body =
        chance < 0.5
          ? cash('deposit', first, amount)
          : chance < 0.75
            ? cash('withdrawal', first, amount)
            : { type: 'internal_transfer', from_account_id: first, to_account_id: second, amount };
      const asked = await insist(notebook, person, '/api/operations', body);
      if (asked.body.code === 'insufficient_funds') continue;
      const id = note(notebook, asked);
      const isDebit = body.type !== 'deposit';
      if (isDebit) add(notebook.held, first, amount);
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
      note(notebook, await insist(notebook, who, `/api/operations/${id}/${action}`, why));
      if (isDebit) add(notebook.held, first, -amount);
      if (action !== 'approve') continue;
      add(notebook.balances, first, isDebit ? -amount : amount);
      if (body.type === 'internal_transfer') add(notebook.balances, second, amount);
    }
  }
}

async function decideTogether(
  notebook: Notebook,
  agent: Person,
  ids: readonly string[],
  amounts: readonly number[],
  account: string,
): Promise<void> {
  const items = ids.map((id, index) => ({ id, decision: index === 1 ? 'reject' : 'approve' }));
  const decided = await insist(notebook, agent, '/api/operations/decisions', { items });
  for (const [index, { id, status, error }] of (decided.body.items as BundleItem[]).entries()) {
    if (error !== null) throw new Error(`a verdict of a bundle was refused: ${decided.text}`);
    notebook.operations.set(id, { status, type: 'deposit' });
    if (status === 'posted') add(notebook.balances, account, amounts[index] ?? 0);
  }
}

interface BundleItem {
  id: string;
  status: string;
  error: { code: string } | null;
}

function cash(type: 'deposit' | 'withdrawal', account: string, amount: number) {
  return { type, account_id: account, amount };
}

/** Notes where an operation stands. @throws Error where the bank refused what nothing speaks against */
function note(notebook: Notebook, { status, body, text }: Reply): string {
  if (status >= 300) throw new Error(`refused: ${text}`);
  notebook.operations.set(body.id, { status: body.status, type: body.type });
  return body.id;
}

function add(sums: Map<string, number>, account: string, amount: number): void {
  sums.set(account, (sums.get(account) ?? 0) + amount);
}
