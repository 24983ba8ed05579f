export { ask, lookUp } from './ask.ts';
export { type DatabaseError, isDuplicateKey, isRetryable, isUnavailable } from './errors.ts';
export { newId } from './ids.ts';
export { migrate, schemaIsCurrent } from './migrate.ts';
export { type Database, databaseAnswers, openDatabase, type Transaction, waitForDatabase } from './open.ts';
export { type PoolState, poolState } from './pool-state.ts';
export { runMigrations } from './run-migrations.ts';
export { change, insertInto, nothing, type Statement, select, type Value } from './statement.ts';
export { transaction } from './transaction.ts';
