import { type Calendar, isBusinessDay } from '@guichet/calendar';
import { isDuplicateKey, queryOnce, transaction } from '@guichet/database';
import { type ScheduledJob, scheduleJob } from '@guichet/scheduled-jobs';
import type { Deps } from '../deps.ts';
import type { PaymentBatch } from './batch.ts';
import { takeWaiting } from './create-batch.ts';
import { cutOffHasPassed, markCutOff } from './store.ts';
import { writeFiles } from './write-files.ts';

/** The cut-off of the day of `now`, if it is over; null before it, and on days on which no payment leaves. */
function cutOffOf(calendar: Calendar, now: Date, at: string): { day: string; time: Date } | null {
  const day = calendar.dateOf(now);
  if (!isBusinessDay(day) || calendar.timeOf(now) < at) return null;
  const [hours = 0, minutes = 0] = at.split(':').map(Number);
  // No clock changes on a business day.
  return { day, time: new Date(calendar.dayOf(now).from.getTime() + (hours * 60 + minutes) * 60_000) };
}

/** When the cut-off of today was, if its batch has not been created; null if it has, or there was none. */
export async function missedCutOff({
  db,
  clock,
  rules,
}: Pick<Deps, 'db' | 'clock' | 'rules'>): Promise<Date | null> {
  const due = rules.batchesAt === null ? null : cutOffOf(rules.calendar, clock(), rules.batchesAt);
  return due === null || (await queryOnce(db, cutOffHasPassed(due.day))) ? null : due.time;
}

/**
 * Creates the batch of the day once its cut-off (`16:00`, the bank's time) has passed, on business days. The day is noted in the same transaction, also
 * if nothing waits, so that each day has one cut-off over all replicas and crashes. @returns the batch; null if none was created
 */
export async function passCutOff(deps: Deps, at: string): Promise<PaymentBatch | null> {
  const { db, clock, rules, committed } = deps;
  const now = clock();
  const due = cutOffOf(rules.calendar, now, at);
  if (due === null || (await queryOnce(db, cutOffHasPassed(due.day)))) return null;
  const batch = await transaction(db, async (trx) => {
    await trx.query(markCutOff(due.day, now));
    return takeWaiting(trx, deps, { actor: null, correlationId: null });
  }).catch((error: unknown) => {
    // Another replica was faster.
    if (isDuplicateKey(error)) return null;
    throw error;
  });
  committed();
  return batch;
}

/**
 * Creates the batch of each day within a few seconds of the cut-off, and writes the files into `directory` unless it's null, on the replica that has the
 * job.
 */
export function keepBatching(deps: Deps, directory: string | null): ScheduledJob {
  const { batchesAt: at } = deps.rules;
  return scheduleJob({
    db: deps.db,
    log: deps.log,
    name: 'payment batches',
    everySeconds: 5,
    work: async () => {
      const batch = at === null ? null : await passCutOff(deps, at);
      const written = directory === null ? [] : await writeFiles(deps, directory);
      return { created: batch?.id ?? null, written };
    },
  });
}
