import { dayBefore, firstDayAfterMonth } from '@guichet/calendar';
import {
  constant,
  type Query,
  queryOnce,
  type Read,
  select,
  sql,
  type Transaction,
  type TransactionQuery,
  table,
  uuid,
  uuidColumn,
  uuids,
} from '@guichet/database';
import type { Problem } from '@guichet/errors';
import { refuse } from '../errors.ts';
import { lockProgress } from './accrual-store.ts';
import type { InterestLine, InterestRun, Owed, PlannedLine } from './interest-run.ts';
import { planLines } from './interest-run.ts';

const runs = table<InterestRun & { claim: number | null }>('interest_runs', {
  operationId: uuidColumn('operation_id'),
  month: 'month',
  currency: 'currency',
  state: 'state',
  count: 'line_count',
  interestMinor: 'interest',
  overdraftInterestMinor: 'overdraft_interest',
  feesMinor: 'fees',
  nextNumber: 'next_number',
  claim: 'claim',
});

const lines = table<InterestLine>('interest_lines', {
  id: uuidColumn('id'),
  runId: uuidColumn('run_id'),
  number: 'number',
  accountId: uuidColumn('account_id'),
  kind: 'kind',
  amountMinor: 'amount',
  status: 'status',
  reason: 'reason',
});

/** Rows in one statement. */
const ROWS_AT_ONCE = 1_000;

/**
 * The lines of a run for everything until the end of a month; or why there can't be one. Its lock on the progress of accruals lasts until the transaction ends, so
 * that runs are requested one at a time over all replicas.
 */
export async function planRun(
  trx: Transaction,
  month: string,
  currency: string,
): Promise<PlannedLine[] | Problem> {
  const [progress] = await trx.query(lockProgress());
  if (progress === null || progress.through < dayBefore(firstDayAfterMonth(month)))
    return refuse.month_not_over();
  const [open] = await trx.query(runs.select(sql`currency = ${currency} AND claim IS NOT NULL`));
  if (open.some((run) => run.month >= month && run.state !== 'requested'))
    return refuse.already_capitalized();
  if (open.some(({ state }) => state === 'requested' || state === 'posting'))
    return refuse.already_requested();
  const owed = await queryOnce(trx, findOwed(month, currency));
  const planned = owed.flatMap(planLines);
  return planned.length === 0 ? refuse.nothing_to_capitalize() : planned;
}

function findOwed(month: string, currency: string): Read<Owed[]> {
  return select(
    sql`SELECT accruals.account_id AS accountId, SUM(accrued) AS accrued, SUM(paid) AS paidMinor, SUM(fee) AS feesMinor, SUM(charged) AS chargedMinor
     FROM accruals JOIN accounts ON accounts.id = accruals.account_id
     WHERE accruals.month <= ${month} AND accounts.currency = ${currency}
     GROUP BY accruals.account_id ORDER BY accruals.account_id`,
    (rows: Record<keyof Owed, string>[]) =>
      rows.map(({ accountId, accrued, paidMinor, feesMinor, chargedMinor }) => ({
        accountId,
        accrued: BigInt(accrued),
        paidMinor: BigInt(paidMinor),
        feesMinor: BigInt(feesMinor),
        chargedMinor: BigInt(chargedMinor),
      })),
  );
}

/** Stores a requested run with its lines. */
export async function insertRun(
  trx: Transaction,
  { run, lines: given }: { run: InterestRun; lines: readonly InterestLine[] },
): Promise<void> {
  await trx.query(runs.insert([{ ...run, claim: 1 }]));
  for (let from = 0; from < given.length; from += ROWS_AT_ONCE)
    await trx.query(lines.insert(given.slice(from, from + ROWS_AT_ONCE)));
}

export function findRuns(operationIds: readonly string[]): Read<Map<string, InterestRun>> {
  if (operationIds.length === 0) return constant(new Map());
  return runs
    .select(sql`operation_id IN (${uuids(operationIds)})`)
    .map((rows) => new Map(rows.map((row) => [row.operationId, row])));
}

/** The runs of which these operations are lines, by the line. */
export function findRunsOfLines(operationIds: readonly string[]): Read<Map<string, string>> {
  if (operationIds.length === 0) return constant(new Map());
  return lines
    .select(sql`id IN (${uuids(operationIds)})`)
    .map((rows) => new Map(rows.map(({ id, runId }) => [id, runId])));
}

/** Follows decisions on runs. */
export function followRuns(
  decided: readonly { id: string; kind: string; status: string }[],
): Query<unknown>[] {
  const idsOf = (...statuses: string[]) =>
    decided.flatMap(({ id, kind, status }) =>
      kind === 'interest_run' && statuses.includes(status) ? [id] : [],
    );
  const begun = idsOf('posted');
  const ended = idsOf('rejected', 'cancelled', 'expired');
  return [
    ...(begun.length === 0
      ? []
      : [runs.update({ state: 'posting' }, sql`operation_id IN (${uuids(begun)})`)]),
    ...(ended.length === 0
      ? []
      : [
          // The month can be requested again.
          runs.update({ state: 'abandoned', claim: null }, sql`operation_id IN (${uuids(ended)})`),
          lines.update({ status: 'rejected' }, sql`run_id IN (${uuids(ended)})`),
        ]),
  ];
}

/** Locks the approved run that was requested first and isn't posted completely, or this one. */
export function lockPostingRun(operationId: string | null): TransactionQuery<InterestRun | null> {
  const which = operationId === null ? sql`1 = 1` : sql`operation_id = ${uuid(operationId)}`;
  return runs
    .lock(sql`state = 'posting' AND ${which} ORDER BY operation_id LIMIT 1`)
    .map(([run]) => run ?? null);
}

/** The next lines of a locked run. */
export function nextLines({ operationId, nextNumber }: InterestRun, limit: number): Read<InterestLine[]> {
  return lines.select(
    sql`run_id = ${uuid(operationId)} AND number >= ${nextNumber} ORDER BY number LIMIT ${limit}`,
  );
}

/** Writes what became of lines of a locked run. */
export function writeLines(changed: readonly InterestLine[]): Query<void> {
  return lines.upsert(
    changed,
    ['id', 'runId', 'number', 'accountId', 'kind', 'amountMinor', 'status', 'reason'],
    sql`status = VALUES(status), reason = VALUES(reason)`,
  );
}

export function writeRunProgress({ operationId, nextNumber, state }: InterestRun): Query<number> {
  return runs.update({ nextNumber, state }, sql`operation_id = ${uuid(operationId)}`);
}

/** What lines paid and charged, which is then no longer owed. */
interface Settled {
  accountId: string;
  month: string;
  accrued: bigint;
  paid: bigint;
  charged: bigint;
}

const settled = table<Settled>('accruals', {
  accountId: uuidColumn('account_id'),
  month: 'month',
  accrued: 'accrued',
  paid: 'paid',
  charged: 'charged',
});

export function settleAccruals(month: string, posted: readonly InterestLine[]): Query<void> {
  return settled.upsert(
    posted.map(({ accountId, kind, amountMinor }) => ({
      accountId,
      month,
      accrued: 0n,
      paid: kind === 'interest' ? amountMinor : kind === 'overdraft_interest' ? -amountMinor : 0n,
      charged: kind === 'fee' ? amountMinor : 0n,
    })),
    ['accountId', 'month', 'accrued', 'paid', 'charged'],
    sql`paid = paid + VALUES(paid), charged = charged + VALUES(charged)`,
  );
}

export type LineRow = InterestLine & { ownerName: string; iban: string | null };

/** Lines of a run in its order, from a number on, with one more than `limit` if there are more. */
export function listLines(runId: string, { from, limit }: { from: number; limit: number }): Read<LineRow[]> {
  return select(
    sql`SELECT ${lines.columns}, accounts.iban, COALESCE(people.name, '') AS ownerName FROM interest_lines
     JOIN accounts ON accounts.id = interest_lines.account_id LEFT JOIN people ON people.id = accounts.owner_id
     WHERE run_id = ${uuid(runId)} AND number >= ${from} ORDER BY number LIMIT ${limit + 1}`,
  );
}
