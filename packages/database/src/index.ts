export { type DatabaseError, isDuplicateKey, isRetryable, isUnavailable } from './errors.ts';
export { newId } from './ids.ts';
export { migrate, schemaIsCurrent } from './migrate.ts';
export { type Database, databaseAnswers, openDatabase, type Transaction, waitForDatabase } from './open.ts';
export { transaction } from './transaction.ts';
