import { type Knex, type Query, sql, table, uuid, uuidColumn } from '@guichet/database';

/** That a reader has opened a page about a subject. */
export interface Viewing {
  subjectId: string;
  readerId: string;
  viewedAt: Date;
}

const viewings = table<Viewing>('viewings', {
  subjectId: uuidColumn('subject_id'),
  readerId: uuidColumn('reader_id'),
  viewedAt: 'viewed_at',
});

/** Creates the table; for a migration. Safe to run again. */
export async function createViewingsTable(db: Knex): Promise<void> {
  await db.raw(`CREATE TABLE IF NOT EXISTS viewings (
    subject_id BINARY(16) NOT NULL,
    reader_id BINARY(16) NOT NULL,
    viewed_at DATETIME(3) NOT NULL COMMENT 'when it was last logged',
    PRIMARY KEY (subject_id, reader_id)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
}

/** When it was last logged; null if it never was. */
export function findViewedAt(subjectId: string, readerId: string): Query<Date | null> {
  return viewings.find(isOf(subjectId, readerId)).map((row) => row?.viewedAt ?? null);
}

/** Fails on a duplicate key if another request has stored it. */
export function insertViewing(viewing: Viewing): Query<void> {
  return viewings.insert([viewing]);
}

/** Changes a viewing that is from `before`. @returns 0 if another request has changed it */
export function moveViewing({ subjectId, readerId, viewedAt }: Viewing, before: Date): Query<number> {
  return viewings.update({ viewedAt }, sql`${isOf(subjectId, readerId)} AND viewed_at = ${before}`);
}

const isOf = (subjectId: string, readerId: string) =>
  sql`subject_id = ${uuid(subjectId)} AND reader_id = ${uuid(readerId)}`;
