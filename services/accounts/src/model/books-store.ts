import { type Database, NO_UUID, queryOnce, type Sql, select, sql, uuid, uuids } from '@guichet/database';
import type { ModelBank } from './model-bank.ts';

/** The accounts and operations of some users, from the service's database. */
export interface RealBooks {
  /** In the format of `booksOf`. */
  text: string;
  /** Every RIB of each account, the newest last. */
  ibans: Map<string, string[]>;
  /** The transfer of each operation that moved money. */
  transfers: Map<string, string>;
  /** The payments of each file, in its order. */
  items: Map<string, string[]>;
  /** The files of which every payment is posted. */
  postedFiles: Set<string>;
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
  return [
    ...accounts.sort(),
    ...operations.sort(),
    ...model.sums.last().sort(),
    ...model.payments.lines().sort(),
  ].join('\n');
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

interface ItemRow {
  id: string;
  file_id: string;
  number: number;
  status: string;
  account_id: string | null;
  reason: string | null;
  resolution_id: string | null;
}

/** The operations of all users that are not final. */
export function findWaiting(db: Database): Promise<string[]> {
  return queryOnce(
    db,
    select<{ id: string }, string[]>(
      sql`SELECT id FROM operations WHERE status IN ('pending', 'approved', 'scheduled')`,
      (rows) => rows.map(({ id }) => id),
    ),
  );
}

/** The state of everything that belongs to those users, according to the database. */
export async function readBooks(db: Database, people: readonly string[]): Promise<RealBooks> {
  const owned = sql`JOIN accounts a ON a.id = account_id WHERE a.owner_id IN (${uuids(people)})`;
  const requested = (on: Sql) =>
    sql`JOIN operations ON ${on} WHERE operations.requester_id IN (${uuids(people)})`;
  const [accounts, ribs, entries, operations, sent, sole, files, items, outgoing, batches] =
    await Promise.all([
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
      queryOnce(
        db,
        select<{ id: string }>(
          sql`SELECT f.operation_id AS id FROM payment_files f ${requested(sql`operations.id = f.operation_id`)} AND f.state = 'posted'`,
        ),
      ),
      queryOnce(
        db,
        select<ItemRow>(
          sql`SELECT i.id, i.file_id, i.number, i.status, i.account_id, i.reason, i.resolution_id FROM payment_items i
          ${requested(sql`operations.id = i.file_id`)} ORDER BY i.file_id, i.number`,
        ),
      ),
      queryOnce(
        db,
        select<{ id: string; state: string; batch_id: string | null }>(
          sql`SELECT t.operation_id AS id, t.state, t.batch_id FROM outgoing_transfers t ${requested(sql`operations.id = t.operation_id`)}`,
        ),
      ),
      queryOnce(
        db,
        select<{ id: string; status: string; count: number; total: bigint }>(
          sql`SELECT id, status, count, total FROM payment_batches WHERE created_by IN (${uuids(people)})`,
        ),
      ),
    ]);
  const paymentLines = [
    ...items.map(({ id, file_id, number, status, account_id, reason, resolution_id }) =>
      ['item', id, file_id, number, status, account_id, reason, resolution_id].join(' '),
    ),
    ...outgoing.map(({ id, state, batch_id }) => ['outgoing', id, state, batch_id].join(' ')),
    ...batches.map(({ id, status, count, total }) => ['batch', id, status, count, total].join(' ')),
  ];
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
    text: [...accountLines.sort(), ...operationLines.sort(), ...sums.sort(), ...paymentLines.sort()].join(
      '\n',
    ),
    ibans: new Map([...ribsOf].map(([id, rows]) => [id, rows.map(({ iban }) => iban)])),
    transfers: new Map(
      operations.flatMap(({ id, transfer_id }) => (transfer_id === null ? [] : [[id, transfer_id]])),
    ),
    items: new Map(
      [...Map.groupBy(items, (row) => row.file_id)].map(([id, rows]) => [id, rows.map((row) => row.id)]),
    ),
    postedFiles: new Set(files.map(({ id }) => id)),
  };
}
