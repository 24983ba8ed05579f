import { dayAfter, dayBefore } from '@guichet/calendar';
import { NO_UUID, queryOnce, retryOnDuplicateKey, type Transaction, transaction } from '@guichet/database';
import { type ScheduledJob, scheduleJob } from '@guichet/scheduled-jobs';
import type { Deps } from '../deps.ts';
import { lastDueDay } from '../operations/dates.ts';
import { interestOfDay } from '../products/accrual.ts';
import {
  type Accrual,
  type AccrualProgress,
  addAccruals,
  beginProgress,
  findBalancesBefore,
  listLatestEntries,
  lockProgress,
  writeProgress,
} from '../products/accrual-store.ts';
import { type DatedTerms, NO_TERMS } from '../products/product.ts';
import { findTermsOn } from '../products/store.ts';

const PAGE_ROWS = 1_000;

type AccrualDeps = Pick<Deps, 'db' | 'clock' | 'rules'>;

/** The last of the bank's days whose interest is added up: the one that was over by the last morning. */
export function lastDayToAccrue(deps: Pick<Deps, 'clock' | 'rules'>): string {
  return dayBefore(lastDueDay(deps));
}

/**
 * Adds the interest of each account for each day that is over, day by day and a page of accounts at a time. A page and the progress past it are one transaction under
 * the lock of the progress, so each account gets each day once, over all replicas and crashes, and the days that the bank was down are made up for. Accounts
 * are only read. @returns the number of transactions
 */
export async function accrueInterest(
  deps: AccrualDeps,
  { signal, pageRows = PAGE_ROWS }: { signal?: AbortSignal; pageRows?: number } = {},
): Promise<number> {
  let pages = 0;
  while (signal?.aborted !== true && (await accruePage(deps, pageRows))) pages += 1;
  return pages;
}

/** @returns whether there was something to do */
function accruePage(deps: AccrualDeps, pageRows: number): Promise<boolean> {
  const last = lastDayToAccrue(deps);
  return retryOnDuplicateKey(() =>
    transaction(deps.db, async (trx) => {
      const reached = await queryOnce(trx, lockProgress());
      if (reached === null) await trx.commit(beginProgress(last));
      if (reached === null || reached.through >= last) return false;
      await accrueDay(trx, deps, reached, pageRows);
      return true;
    }),
  );
}

async function accrueDay(
  trx: Transaction,
  { rules }: AccrualDeps,
  { through, afterAccountId }: AccrualProgress,
  pageRows: number,
): Promise<void> {
  const day = dayAfter(through);
  const terms = await queryOnce(trx, findTermsOn(day));
  const isLastOfMonth = dayAfter(day).slice(0, 7) !== day.slice(0, 7);
  const products = [...terms.values()]
    .filter((one) => earns(one) || (isLastOfMonth && one.monthlyFeeMinor > 0n))
    .map(({ product }) => product);
  const { from, to } = rules.calendar.dayOf(rules.calendar.instant(day));
  const closings =
    products.length === 0
      ? []
      : await readClosings(trx, { day: { from, to }, products, afterId: afterAccountId, limit: pageRows });
  const last = closings.at(-1);
  const isOver = closings.length < pageRows || last === undefined;
  await trx.commit(
    addAccruals(closings.flatMap((closing) => accrualOf(closing, terms, day, isLastOfMonth))),
    writeProgress(
      isOver ? { through: day, afterAccountId: NO_UUID } : { through, afterAccountId: last.accountId },
    ),
  );
}

/** An account's balance after the last entry of a day. */
interface Closing {
  accountId: string;
  product: string;
  closingMinor: bigint;
  isClosed: boolean;
}

/** On most mornings the last entry of an account is the last one of the day that is over. */
async function readClosings(
  trx: Transaction,
  filter: Parameters<typeof listLatestEntries>[0],
): Promise<Closing[]> {
  const { to } = filter.day;
  const [accounts] = await trx.query(listLatestEntries(filter));
  const moved = accounts.filter(({ postedAt }) => postedAt !== null && postedAt >= to);
  const [earlier] = await trx.query(
    findBalancesBefore(
      moved.map(({ accountId }) => accountId),
      to,
    ),
  );
  const hasMoved = new Set(moved);
  return accounts.map((one) => ({
    accountId: one.accountId,
    product: one.product,
    isClosed: one.isClosed,
    closingMinor: (hasMoved.has(one) ? earlier.get(one.accountId) : one.balanceMinor) ?? 0n,
  }));
}

function earns({ interestRate, overdraftRate }: DatedTerms): boolean {
  return interestRate > 0 || overdraftRate > 0;
}

/** An account that is open at the end of a month owes the fee of that day. */
function accrualOf(
  { accountId, product, closingMinor, isClosed }: Closing,
  allTerms: ReadonlyMap<string, DatedTerms>,
  day: string,
  isLastOfMonth: boolean,
): Accrual[] {
  const terms = allTerms.get(product) ?? NO_TERMS;
  const accrued = interestOfDay(closingMinor, terms);
  const feeMinor = isLastOfMonth && !isClosed ? terms.monthlyFeeMinor : 0n;
  return accrued === 0n && feeMinor === 0n ? [] : [{ accountId, month: day.slice(0, 7), accrued, feeMinor }];
}

/** Looks several times a minute whether days are over whose interest is to be added, on the replica that has the lease. */
export function keepAccruing(deps: Pick<Deps, 'db' | 'log' | 'clock' | 'rules'>): ScheduledJob {
  return scheduleJob({
    db: deps.db,
    log: deps.log,
    name: 'interest',
    everySeconds: 5,
    claimSeconds: 15,
    restFactor: 0,
    work: async (signal) => ({ pages: await accrueInterest(deps, { signal }) }),
  });
}
