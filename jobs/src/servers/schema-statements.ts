import type { DatabaseService } from '@guichet/contract';

export function schemaOf(service: DatabaseService): string {
  return `guichet_${service}`;
}

/** The user that migrates a service's schema. */
export function migrationUserOf(service: DatabaseService): string {
  return `${service}_migration`;
}

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
    `GRANT ALL ON \`${schema}\`.* TO '${migrationUser}'@'%' WITH GRANT OPTION;`,
    // Everything is granted and then revoked, so that earlier rights are removed and no statement fails.
    `GRANT ALL ON \`${schema}\`.* TO '${user}'@'%';`,
    `REVOKE ALL ON \`${schema}\`.* FROM '${user}'@'%';`,
    `GRANT SELECT ON \`${schema}\`.* TO '${user}'@'%';`,
  ];
}
