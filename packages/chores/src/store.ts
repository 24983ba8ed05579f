import type { Database } from '@guichet/database';
import type { Knex } from 'knex';

/** Makes the table of a service's chores; for a migration. Safe to run again. */
export async function createChoresTable(db: Knex): Promise<void> {
  await db.raw(`CREATE TABLE IF NOT EXISTS chores (
    name VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    holder CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
    next_at DATETIME(3) NOT NULL,
    finished_at DATETIME(3) NULL,
    seconds DOUBLE NULL,
    outcome MEDIUMTEXT NULL
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
}

/** Takes the chore for `seconds` where it is due, by the database's clock, the one that all replicas share. */
export async function claim(db: Database, name: string, holder: string, seconds: number): Promise<boolean> {
  const [[row]] = await db.raw('SELECT next_at <= CURRENT_TIMESTAMP(3) AS due FROM chores WHERE name = ?', [
    name,
  ]);
  if (row === undefined) {
    await db.raw('INSERT IGNORE INTO chores (name, next_at) VALUES (?, CURRENT_TIMESTAMP(3))', [name]);
  } else if (Number(row.due) === 0) {
    return false;
  }
  const [updated] = await db.raw(
    `UPDATE chores SET holder = ?, next_at = CURRENT_TIMESTAMP(3) + INTERVAL ? SECOND
     WHERE name = ? AND next_at <= CURRENT_TIMESTAMP(3)`,
    [holder, seconds, name],
  );
  return updated.affectedRows === 1;
}

/** Keeps a chore that was claimed for `seconds` more. */
export async function keepClaim(db: Database, name: string, holder: string, seconds: number): Promise<void> {
  await db.raw(
    'UPDATE chores SET next_at = CURRENT_TIMESTAMP(3) + INTERVAL ? SECOND WHERE name = ? AND holder = ?',
    [seconds, name, holder],
  );
}

/** Gives a chore back; it is due again in `seconds`. */
export async function giveBack(db: Database, name: string, holder: string, seconds: number): Promise<void> {
  await db.raw(
    `UPDATE chores SET holder = NULL, next_at = CURRENT_TIMESTAMP(3) + INTERVAL ? SECOND WHERE name = ? AND holder = ?`,
    [seconds, name, holder],
  );
}

/** Notes that a chore was done, and what it came to. */
export async function noteDone(
  db: Database,
  name: string,
  holder: string,
  done: { seconds: number; outcome: unknown },
): Promise<void> {
  await db.raw(
    'UPDATE chores SET finished_at = CURRENT_TIMESTAMP(3), seconds = ?, outcome = ? WHERE name = ? AND holder = ?',
    [done.seconds, JSON.stringify(done.outcome), name, holder],
  );
}

/** Records the result of a run outside the schedule, which stays as it is. */
export async function recordDone(
  db: Database,
  name: string,
  done: { seconds: number; outcome: unknown },
): Promise<void> {
  await db.raw(
    `INSERT INTO chores (name, next_at, finished_at, seconds, outcome)
     VALUES (?, CURRENT_TIMESTAMP(3), CURRENT_TIMESTAMP(3), ?, ?)
     ON DUPLICATE KEY UPDATE finished_at = VALUES(finished_at), seconds = VALUES(seconds), outcome = VALUES(outcome)`,
    [name, done.seconds, JSON.stringify(done.outcome)],
  );
}

/** The last time that a chore was done to its end. */
export interface Done<Outcome> {
  finishedAt: Date;
  seconds: number;
  outcome: Outcome;
}

/** When a chore was last done, on whichever replica, and what it came to; null where it never was. */
export async function lastDone<Outcome>(db: Database, name: string): Promise<Done<Outcome> | null> {
  const [[row]] = await db.raw('SELECT finished_at, seconds, outcome FROM chores WHERE name = ?', [name]);
  if (row === undefined || row.finished_at === null) return null;
  return { finishedAt: row.finished_at, seconds: Number(row.seconds), outcome: JSON.parse(row.outcome) };
}
