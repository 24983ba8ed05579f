import type { Database } from '@guichet/database';
import type { Knex } from 'knex';

/** Creates the table of a service's scheduled jobs; for a migration. Safe to run again. */
export async function createScheduledJobsTable(db: Knex): Promise<void> {
  await db.raw(`CREATE TABLE IF NOT EXISTS scheduled_jobs (
    name VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    holder CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
    next_at DATETIME(3) NOT NULL,
    finished_at DATETIME(3) NULL,
    seconds DOUBLE NULL,
    outcome MEDIUMTEXT NULL
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
}

/**
 * Claims the job for `seconds` if it is due by the database's clock, which all replicas share.
 * @returns whether this holder has it now
 */
export async function claimJob(
  db: Database,
  name: string,
  holder: string,
  seconds: number,
): Promise<boolean> {
  const [[row]] = await db.raw(
    'SELECT next_at <= CURRENT_TIMESTAMP(3) AS due FROM scheduled_jobs WHERE name = ?',
    [name],
  );
  if (row === undefined) {
    await db.raw('INSERT IGNORE INTO scheduled_jobs (name, next_at) VALUES (?, CURRENT_TIMESTAMP(3))', [
      name,
    ]);
  } else if (Number(row.due) === 0) {
    return false;
  }
  const [updated] = await db.raw(
    `UPDATE scheduled_jobs SET holder = ?, next_at = CURRENT_TIMESTAMP(3) + INTERVAL ? SECOND
     WHERE name = ? AND next_at <= CURRENT_TIMESTAMP(3)`,
    [holder, seconds, name],
  );
  return updated.affectedRows === 1;
}

/** Extends a claim to `seconds` from now. */
export async function renewClaim(db: Database, name: string, holder: string, seconds: number): Promise<void> {
  await db.raw(
    'UPDATE scheduled_jobs SET next_at = CURRENT_TIMESTAMP(3) + INTERVAL ? SECOND WHERE name = ? AND holder = ?',
    [seconds, name, holder],
  );
}

/** Ends a claim; the job is due again in `seconds`. */
export async function releaseJob(db: Database, name: string, holder: string, seconds: number): Promise<void> {
  await db.raw(
    `UPDATE scheduled_jobs SET holder = NULL, next_at = CURRENT_TIMESTAMP(3) + INTERVAL ? SECOND WHERE name = ? AND holder = ?`,
    [seconds, name, holder],
  );
}

/** Stores the outcome of a run that ended. */
export async function finishRun(
  db: Database,
  name: string,
  holder: string,
  run: { seconds: number; outcome: unknown },
): Promise<void> {
  await db.raw(
    'UPDATE scheduled_jobs SET finished_at = CURRENT_TIMESTAMP(3), seconds = ?, outcome = ? WHERE name = ? AND holder = ?',
    [run.seconds, JSON.stringify(run.outcome), name, holder],
  );
}

/** Stores the outcome of a run outside the schedule, which does not change. */
export async function recordRun(
  db: Database,
  name: string,
  run: { seconds: number; outcome: unknown },
): Promise<void> {
  await db.raw(
    `INSERT INTO scheduled_jobs (name, next_at, finished_at, seconds, outcome)
     VALUES (?, CURRENT_TIMESTAMP(3), CURRENT_TIMESTAMP(3), ?, ?)
     ON DUPLICATE KEY UPDATE finished_at = VALUES(finished_at), seconds = VALUES(seconds), outcome = VALUES(outcome)`,
    [name, run.seconds, JSON.stringify(run.outcome)],
  );
}

/** A run that ended. */
export interface JobRun<Outcome> {
  finishedAt: Date;
  seconds: number;
  outcome: Outcome;
}

/** The last run that ended, on any replica; null before the first. */
export async function lastRun<Outcome>(db: Database, name: string): Promise<JobRun<Outcome> | null> {
  const [[row]] = await db.raw('SELECT finished_at, seconds, outcome FROM scheduled_jobs WHERE name = ?', [
    name,
  ]);
  if (row === undefined || row.finished_at === null) return null;
  return { finishedAt: row.finished_at, seconds: Number(row.seconds), outcome: JSON.parse(row.outcome) };
}
