import { anyOf, type Sql, sql } from './sql.ts';

/**
 * Finds rows where one of `columns` contains what a user typed, or begins with it. Case and accents make no difference, and SQL wildcards are
 * taken literally. Columns of any character set can be searched for any text: each is compared in one collation that MySQL and MariaDB share,
 * because a server refuses to compare an ASCII column with other text.
 */
export function findsText(
  text: string,
  columns: { containing?: readonly Sql[]; startingWith?: readonly Sql[] },
): Sql {
  const escaped = text.normalize('NFC').replace(/[!%_]/g, '!$&');
  // Every text begins with the empty string, so an empty search must find nothing.
  if (escaped === '') return anyOf();
  const like = (column: Sql, pattern: string) =>
    sql`CONVERT(${column} USING utf8mb4) COLLATE utf8mb4_unicode_520_ci LIKE ${pattern} ESCAPE '!'`;
  return anyOf(
    ...(columns.containing ?? []).map((column) => like(column, `%${escaped}%`)),
    ...(columns.startingWith ?? []).map((column) => like(column, `${escaped}%`)),
  );
}
