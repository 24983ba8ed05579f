import { createOutboxTables } from '@guichet/outbox';
import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await createOutboxTables(db);
}

export async function down(): Promise<void> {
  // What waits here has not been told yet.
}
