/** A migration that changes every table in all the ways that the rules of docs/operations/upgrades.md allow while an older release runs. */
export const EXPAND = `
export async function up(db) {
  const [tables] = await db.raw("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' AND table_name NOT LIKE 'schema_migrations%'");
  for (const { name } of tables) {
    await db.raw('ALTER TABLE ?? ADD COLUMN of_next_release INT NOT NULL DEFAULT 7 FIRST, ADD COLUMN also_of_next_release VARCHAR(40) NULL', [name]);
    await db.raw('ALTER TABLE ?? ADD INDEX by_next_release (of_next_release)', [name]);
  }
  await db.raw('CREATE TABLE next_release (id INT NOT NULL PRIMARY KEY)');
}
export async function down() {}
`;
