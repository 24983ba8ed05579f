/** A condition in SQL with the values of its placeholders, for `whereRaw`. */
export interface Condition {
  sql: string;
  values: string[];
}

/**
 * Finds rows where one of `columns` contains what a user typed, or begins with it. Case and accents make no difference, and SQL wildcards are
 * taken literally. Columns of any character set can be searched for any text: each is compared in one collation that MySQL and MariaDB share,
 * because a server refuses to compare an ASCII column with other text.
 */
export function findsText(
  text: string,
  columns: { containing?: readonly string[]; startingWith?: readonly string[] },
): Condition {
  const literal = text.normalize('NFC').replace(/[!%_]/g, '!$&');
  const parts = [
    ...(columns.containing ?? []).map((column) => [column, `%${literal}%`] as const),
    ...(columns.startingWith ?? []).map((column) => [column, `${literal}%`] as const),
  ];
  const tests = parts.map(
    ([column]) => `CONVERT(${column} USING utf8mb4) COLLATE utf8mb4_unicode_520_ci LIKE ? ESCAPE '!'`,
  );
  // Every text begins with the empty string, so an empty search must find nothing.
  if (literal === '' || tests.length === 0) return { sql: '(1 = 0)', values: [] };
  return { sql: `(${tests.join(' OR ')})`, values: parts.map(([, pattern]) => pattern) };
}
