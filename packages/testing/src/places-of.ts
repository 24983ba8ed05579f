import type { KnexDatabase } from './with-knex.ts';

/** Where a schema has any of these words, whatever their case, as `table.column`; for tests of what is forgotten. */
export async function placesOf(db: KnexDatabase, words: readonly string[]): Promise<string[]> {
  const columns: { table: string; column: string }[] = await db('information_schema.columns')
    .whereRaw('table_schema = DATABASE()')
    .whereRaw(
      `data_type IN ('char', 'varchar', 'text', 'mediumtext', 'longtext', 'varbinary', 'blob', 'longblob')`,
    )
    .select({ table: 'table_name', column: 'column_name' });
  const found: string[] = [];
  for (const { table, column } of columns) {
    for (const word of words) {
      const [row] = await db(table)
        .whereRaw('CONVERT(?? USING utf8mb4) LIKE ?', [column, `%${word}%`])
        .count({ count: '*' });
      if (Number(row?.count) > 0) found.push(`${table}.${column}`);
    }
  }
  return [...new Set(found)].sort();
}
