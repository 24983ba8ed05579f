import type { Knex } from 'knex';

/** So that the few of a rare type are found without passing all the others; the type never changes, so that decisions leave it alone. */
export async function up(db: Knex): Promise<void> {
  const [found] = await db.raw("SHOW INDEX FROM operations WHERE Key_name = 'operations_type'");
  if (found.length === 0) await db.raw('ALTER TABLE operations ADD KEY operations_type (type, id)');
}

export async function down(): Promise<void> {
  // The release before this one does not know the index, and does not mind it.
}
