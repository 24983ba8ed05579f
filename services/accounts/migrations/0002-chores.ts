import { createChoresTable } from '@guichet/chores';
import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await createChoresTable(db);
}

export async function down(): Promise<void> {
  // The release before this one does not know the table, and does not mind it.
}
