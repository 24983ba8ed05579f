import {
  change,
  type Database,
  holdLease,
  type Knex,
  type Lease,
  LeaseLostError,
  type Query,
  queryOnce,
  releaseLease,
  select,
  sql,
  table,
  takeLease,
  transaction,
} from '@guichet/database';

/** Creates the table of a service's scheduled jobs; for a migration. Safe to run again. The replica that runs a job holds a lease. */
export async function createScheduledJobsTable(db: Knex): Promise<void> {
  await db.raw(`CREATE TABLE IF NOT EXISTS scheduled_jobs (
    name VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    next_at DATETIME(3) NOT NULL,
    finished_at DATETIME(3) NULL,
    seconds DOUBLE NULL,
    outcome MEDIUMTEXT NULL
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
}

interface StoredRun {
  finishedAt: Date | null;
  seconds: number | null;
  outcome: string | null;
}

const jobs = table<StoredRun>('scheduled_jobs', {
  finishedAt: 'finished_at',
  seconds: 'seconds',
  outcome: 'outcome',
});

/**
 * Claims the job for `seconds` if it is due by the database's clock, which all replicas share.
 * @returns null if it is not due, or another replica has it
 */
export async function claimJob(
  db: Database,
  name: string,
  holder: string,
  seconds: number,
): Promise<Lease | null> {
  if (!(await queryOnce(db, isDue(name)))) return null;
  const lease = await takeLease(db, `job ${name}`, seconds, holder);
  if (lease === null) return null;
  // Another replica may have run it in between.
  if (await queryOnce(db, isDue(name))) return lease;
  await queryOnce(db, releaseLease(lease));
  return null;
}

function isDue(name: string): Query<boolean> {
  return select<{ due: number }, boolean>(
    sql`SELECT next_at <= CURRENT_TIMESTAMP(3) AS due FROM scheduled_jobs WHERE name = ${name}`,
    ([row]) => row === undefined || Number(row.due) === 1,
  );
}

/** How a run ended. */
export interface Run {
  seconds: number;
  outcome: unknown;
}

/** Releases a claim and stores the outcome of the run; the job is due again in `restSeconds`. Does nothing if the replica has lost the job. */
export async function releaseJob(
  db: Database,
  name: string,
  lease: Lease,
  { restSeconds, run }: { restSeconds: number; run?: Run | undefined },
): Promise<void> {
  await transaction(db, async (trx) => {
    await queryOnce(trx, holdLease(lease));
    if (run !== undefined) await queryOnce(trx, storeRun(name, run));
    await queryOnce(trx, dueIn(name, restSeconds));
    await queryOnce(trx, releaseLease(lease));
  }).catch((error: unknown) => {
    if (!(error instanceof LeaseLostError)) throw error;
  });
}

function dueIn(name: string, seconds: number): Query<number> {
  return change(sql`INSERT INTO scheduled_jobs (name, next_at)
    VALUES (${name}, CURRENT_TIMESTAMP(3) + INTERVAL ${seconds} SECOND)
    ON DUPLICATE KEY UPDATE next_at = VALUES(next_at)`);
}

function storeRun(name: string, { seconds, outcome }: Run): Query<number> {
  return change(sql`INSERT INTO scheduled_jobs (name, next_at, finished_at, seconds, outcome)
    VALUES (${name}, CURRENT_TIMESTAMP(3), CURRENT_TIMESTAMP(3), ${seconds}, ${JSON.stringify(outcome) ?? null})
    ON DUPLICATE KEY UPDATE finished_at = VALUES(finished_at), seconds = VALUES(seconds), outcome = VALUES(outcome)`);
}

/** Stores the outcome of a run outside the schedule, which does not change. */
export async function recordRun(db: Database, name: string, run: Run): Promise<void> {
  await queryOnce(db, storeRun(name, run));
}

/** A run that ended. */
export interface JobRun<Outcome> {
  finishedAt: Date;
  seconds: number;
  outcome: Outcome;
}

/** The last run that ended, on any replica; null before the first. */
export async function lastRun<Outcome>(db: Database, name: string): Promise<JobRun<Outcome> | null> {
  const done = await queryOnce(db, jobs.find(sql`name = ${name} AND finished_at IS NOT NULL`));
  if (done === null) return null;
  const { finishedAt, seconds, outcome } = done;
  return {
    finishedAt,
    seconds,
    outcome: outcome === null ? undefined : JSON.parse(outcome),
  } as JobRun<Outcome>;
}
