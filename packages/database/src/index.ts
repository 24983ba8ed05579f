/** The interface for the steps of migrations. */
export type { Knex } from 'knex';
export { TABLE_WORK_WITHIN_MS } from './connection.ts';
export { describeDatabase } from './describe-database.ts';
export { isDuplicateKey, isEnvironmental, isUnavailable } from './errors.ts';
export { exactCollation } from './exact-collation.ts';
export { grantTables, type TableGrants } from './grants.ts';
export { firstIdOf, nameBasedId, newId } from './ids.ts';
export {
  createLeasesTable,
  holdLease,
  isLeaseHeld,
  keepLease,
  type Lease,
  LeaseLostError,
  lockLease,
  releaseLease,
  takeLease,
} from './lease.ts';
export { migrate, waitForSchema } from './migrate.ts';
export {
  type Database,
  databaseAnswers,
  databaseServers,
  onOtherWriter,
  openDatabase,
  poolState,
  type Readable,
  type ReadOnlyDatabase,
  readsOf,
  waitForDatabase,
} from './open.ts';
export { query, queryEach, queryOnce } from './query.ts';
export {
  change,
  constant,
  inTransaction,
  lock,
  lockShared,
  Query,
  Read,
  select,
  TransactionQuery,
} from './query-value.ts';
export { retryOnDuplicateKey } from './retry.ts';
export { runMigrations } from './run-migrations.ts';
export { findsText } from './search-text.ts';
export { allOf, anyOf, identifier, join, Sql, sql, type Value } from './sql.ts';
export { flag, json, table } from './table.ts';
export { type Transaction, transaction } from './transaction.ts';
export { underLease } from './under-lease.ts';
export {
  isUuid,
  NO_UUID,
  uuid,
  uuidAsText,
  uuidBytes,
  uuidColumn,
  uuidHex,
  uuids,
  uuidText,
} from './uuid.ts';
