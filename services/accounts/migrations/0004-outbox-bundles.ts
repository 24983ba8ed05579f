import { bundleOutbox } from '@guichet/outbox';
import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await bundleOutbox(db);
}

export async function down(): Promise<void> {
  // The release before this one publishes rows of one message alone: let the outbox run empty first.
}
