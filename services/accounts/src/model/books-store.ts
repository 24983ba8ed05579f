import { type Database, NO_UUID, queryOnce, select, sql, uuid, uuids } from '@guichet/database';
import type { ModelBank } from './model-bank.ts';

/** The accounts and operations of some users, from the service's database. */
export interface RealBooks {
  /** In the format of `booksOf`. */
  text: string;
  /** Every RIB of each account, the newest last. */
  ibans: Map<string, string[]>;
  /** The transfer of each operation that moved money. */
  transfers: Map<string, string>;
}

/**
 * The state of the whole bank according to the model, with the history of every account, as text to compare. The sums of the day are part of it: two orders of requests
 * that give the same replies may leave different ones, on which later replies depend.
 */
export function booksOf(model: ModelBank): string {
  const accounts = [...model.accounts].map(([id, one]) => {
    const { status, balance, held, overdraft, limits, ribs, history } = one;
    const entries = history.map(([amount, after]) => `${amount}→${after}`);
    return [id, status, balance, held, overdraft, limits.operation, limits.day, ribs, ...entries].join(' ');
  });
  const operations = [...model.operations].map(
    ([id, one]) => `${id} ${one.status} ${one.approvals.length}/${one.needed}`,
  );
  return [...accounts.sort(), ...operations.sort(), ...model.lastSums().sort()].join('\n');
}

interface AccountRow {
  id: string;
  status: string;
  balance: bigint;
  held: bigint;
  overdraft: bigint;
  limit_operation: bigint | null;
  limit_day: bigint | null;
}

interface OperationRow {
  id: string;
  status: string;
  needed: number;
  transfer_id: string | null;
  approvals: bigint;
}

/** A sum of one user's, on the day that began at `day_start`. */
interface SumRow {
  owner: string;
  day_start: Date;
  amount: bigint;
}

/** The state of everything that belongs to those users, according to the database. */
export async function readBooks(db: Database, people: readonly string[]): Promise<RealBooks> {
  const owned = sql`JOIN accounts a ON a.id = account_id WHERE a.owner_id IN (${uuids(people)})`;
  const [accounts, ribs, entries, operations, sent, sole] = await Promise.all([
    queryOnce(db, select<AccountRow>(sql`SELECT * FROM accounts WHERE owner_id IN (${uuids(people)})`)),
    queryOnce(
      db,
      select<{ account_id: string; iban: string }>(
        sql`SELECT r.account_id, r.iban FROM ribs r ${owned} ORDER BY r.retired_at IS NULL, r.created_at`,
      ),
    ),
    queryOnce(
      db,
      select<{ account_id: string; amount: bigint; balance_after: bigint }>(
        sql`SELECT e.account_id, e.amount, e.balance_after FROM entries e ${owned} ORDER BY e.account_id, e.number`,
      ),
    ),
    queryOnce(
      db,
      select<OperationRow>(
        sql`SELECT o.id, o.status, o.required_approvals AS needed, (SELECT t.id FROM transfers t WHERE t.id = o.id) AS transfer_id,
         (SELECT COUNT(*) FROM decisions d WHERE d.operation_id = o.id AND d.decision = 'approve')
           + (o.approved_by <> ${uuid(NO_UUID)}) AS approvals
       FROM operations o WHERE o.requester_id IN (${uuids(people)})`,
      ),
    ),
    queryOnce(
      db,
      select<SumRow>(
        sql`SELECT user_id AS owner, day_start, amount FROM sent_sums WHERE user_id IN (${uuids(people)})`,
      ),
    ),
    queryOnce(
      db,
      select<SumRow & { account: string }>(
        sql`SELECT agent_id AS owner, account_id AS account, day_start, amount FROM sole_approvals
          WHERE agent_id IN (${uuids(people)})`,
      ),
    ),
  ]);
  const sums = [
    ...sent.map(({ owner, day_start, amount }) => `sent ${owner} ${day_start.getTime()} ${amount}`),
    ...sole.map(
      ({ owner, account, day_start, amount }) => `sole ${owner} ${account} ${day_start.getTime()} ${amount}`,
    ),
  ];
  const ribsOf = Map.groupBy(ribs, (row) => row.account_id);
  const entriesOf = Map.groupBy(entries, (row) => row.account_id);
  const accountLines = accounts.map((row) => {
    const { id, status, balance, held, overdraft, limit_operation, limit_day } = row;
    const history = (entriesOf.get(id) ?? []).map((entry) => `${entry.amount}→${entry.balance_after}`);
    const had = ribsOf.get(id)?.length ?? 0;
    return [id, status, balance, held, overdraft, limit_operation, limit_day, had, ...history].join(' ');
  });
  const operationLines = operations.map(
    ({ id, status, approvals, needed }) => `${id} ${status} ${approvals}/${needed}`,
  );
  return {
    text: [...accountLines.sort(), ...operationLines.sort(), ...sums.sort()].join('\n'),
    ibans: new Map([...ribsOf].map(([id, rows]) => [id, rows.map(({ iban }) => iban)])),
    transfers: new Map(
      operations.flatMap(({ id, transfer_id }) => (transfer_id === null ? [] : [[id, transfer_id]])),
    ),
  };
}
