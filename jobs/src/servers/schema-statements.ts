import type { DatabaseService } from '@guichet/contract';

export function schemaOf(service: DatabaseService): string {
  return `guichet_${service}`;
}

/** The user that migrates a service's schema. */
export function migrationUserOf(service: DatabaseService): string {
  return `${service}_migration`;
}

/**
 * What a migration user may do in its schema, with the right to grant it: what migrations, and the commands for the months of the log, need.
 * No procedures, events or views, which would run with its rights for anyone.
 */
export const MIGRATION_PRIVILEGES = [
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'CREATE',
  'ALTER',
  'DROP',
  'INDEX',
  'REFERENCES',
  'TRIGGER',
] as const;
/** What a run-time user may do in its whole schema; the migration step grants the rest table by table. */
export const RUNTIME_PRIVILEGES = ['SELECT'] as const;

/** A service's schema, its run-time user, and the user of its migration step. */
export interface SchemaUsers {
  schema: string;
  user: string;
  password: string;
  migrationUser: string;
  migrationPassword: string;
}

/**
 * Creates each schema and its two users: the migration user may change the schema and grant rights on its tables; the run-time user may
 * only read until the migration step has granted the service's rights on each table. Every statement can be repeated.
 */
export function schemaStatements(schemas: readonly SchemaUsers[], { tls }: { tls: boolean }): string[] {
  const required = tls ? ' REQUIRE SSL' : '';
  const createUser = (user: string, password: string) => [
    `CREATE USER IF NOT EXISTS '${user}'@'%' IDENTIFIED BY '${password}';`,
    `ALTER USER '${user}'@'%' IDENTIFIED BY '${password}'${required};`,
  ];
  return schemas.flatMap(({ schema, user, password, migrationUser, migrationPassword }) => [
    `CREATE DATABASE IF NOT EXISTS \`${schema}\` CHARACTER SET utf8mb4;`,
    ...createUser(user, password),
    ...createUser(migrationUser, migrationPassword),
    ...schemaGrants({ schema, user, migrationUser }),
  ]);
}

/** The rights on the whole schema; the migration step grants those on tables. */
export function schemaGrants({
  schema,
  user,
  migrationUser,
}: Pick<SchemaUsers, 'schema' | 'user' | 'migrationUser'>): string[] {
  return [
    ...exactly(schema, migrationUser, MIGRATION_PRIVILEGES, ' WITH GRANT OPTION'),
    ...exactly(schema, user, RUNTIME_PRIVILEGES),
  ];
}

/** Earlier rights are removed; the rights are granted before too, because it is an error to revoke none. */
function exactly(schema: string, user: string, privileges: readonly string[], option = ''): string[] {
  const on = `ON \`${schema}\`.*`;
  const granted = `GRANT ${privileges.join(', ')} ${on} TO '${user}'@'%'${option};`;
  return [granted, `REVOKE ALL ${on} FROM '${user}'@'%';`, granted];
}
