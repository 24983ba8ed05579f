import type { Knex } from 'knex';

/**
 * Each index costs at every request and every decision. That of what is held served one sum, which the accounts' own indexes give as well;
 * those of state and of deadline become one, from which what is overdue is read without touching a row.
 */
export async function up(db: Knex): Promise<void> {
  const [found] = await db.raw('SHOW INDEX FROM operations');
  const names = new Set((found as { Key_name: string }[]).map(({ Key_name }) => Key_name));
  const changes = [
    names.has('operations_waiting') ? [] : 'ADD KEY operations_waiting (status, id, expires_at)',
    ...['operations_status', 'operations_deadline', 'operations_held'].map((name) =>
      names.has(name) ? `DROP KEY ${name}` : [],
    ),
  ].flat();
  if (changes.length > 0) await db.raw(`ALTER TABLE operations ${changes.join(', ')}`);
}

export async function down(): Promise<void> {
  // The release before this one needs the indexes for nothing but speed.
}
