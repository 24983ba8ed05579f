import { grantsOf } from './grants.ts';

export interface SchemaOwner {
  schema: string;
  user: string;
  password: string;
}

/** A schema each, and its user with what it may do there. */
export function schemaStatements(schemas: readonly SchemaOwner[], { tls }: { tls: boolean }): string[] {
  const required = tls ? ' REQUIRE SSL' : '';
  return schemas.flatMap(({ schema, user, password }) => [
    `CREATE DATABASE IF NOT EXISTS \`${schema}\` CHARACTER SET utf8mb4;`,
    `CREATE USER IF NOT EXISTS '${user}'@'%' IDENTIFIED BY '${password}';`,
    `ALTER USER '${user}'@'%' IDENTIFIED BY '${password}'${required};`,
    ...grantsOf(user, schema),
  ]);
}
