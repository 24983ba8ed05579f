import { change, identifier, type Query, type Sql, select, sql } from '@guichet/database';

/** A column whose texts the vault seals; `contextOf` names the secret of a row, as it was sealed. */
export interface SealedColumn {
  readonly table: string;
  readonly id: string;
  readonly column: string;
  readonly contextOf: (id: string) => string;
}

/** Every column that is sealed for longer than the seconds in which a refresh can be repeated. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  {
    table: 'signing_keys',
    id: 'kid',
    column: 'private_sealed',
    contextOf: (kid) => `signing key ${kid}`,
  },
  {
    table: 'totp_secrets',
    id: 'user_id',
    column: 'secret_sealed',
    contextOf: (userId) => `totp ${userId}`,
  },
];

export interface SealedRow {
  id: string;
  sealed: string;
}

/** Rows after `after` that another key than `keyId` sealed, in the order of their ids. */
export function listSealedOtherwise(
  { table, id, column }: SealedColumn,
  keyId: string,
  after: string,
  limit: number,
): Query<SealedRow[]> {
  return select<SealedRow>(sql`SELECT ${identifier(id)} AS id, ${identifier(column)} AS sealed
    FROM ${identifier(table)}
    WHERE ${identifier(id)} > ${after} AND ${identifier(column)} NOT LIKE ${`${keyId}.%`}
    ORDER BY ${identifier(id)} LIMIT ${limit}`);
}

/** Replaces a sealed text unless it was replaced meanwhile. */
export function replaceSealed(
  { table, id, column }: SealedColumn,
  row: SealedRow,
  sealed: string,
): Query<number> {
  return change(sql`UPDATE ${identifier(table)} SET ${identifier(column)} = ${sealed}
    WHERE ${identifier(id)} = ${row.id} AND ${identifier(column)} = ${row.sealed}`);
}

export interface SealedCount {
  keyId: string;
  count: number;
}

/** How many texts of a column each key sealed. */
export function countByKey({ table, column }: SealedColumn): Query<SealedCount[]> {
  return countSealed(sql`${identifier(column)}`, sql`${identifier(table)}`, sql`1 = 1`);
}

/** The same for the token pairs of refreshes that can still be repeated; they are deleted, not sealed again. */
export function countPairsByKey(usedSince: Date): Query<SealedCount[]> {
  return countSealed(sql`successor`, sql`refresh_tokens`, sql`used_at >= ${usedSince}`);
}

function countSealed(column: Sql, table: Sql, where: Sql): Query<SealedCount[]> {
  return select<{ key_id: string; count: bigint }, SealedCount[]>(
    sql`SELECT SUBSTRING_INDEX(${column}, '.', 1) AS key_id, COUNT(*) AS count FROM ${table}
      WHERE ${column} IS NOT NULL AND ${where} GROUP BY key_id`,
    (rows) => rows.map(({ key_id, count }) => ({ keyId: key_id, count: Number(count) })),
  );
}
