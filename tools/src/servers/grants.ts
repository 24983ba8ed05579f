/**
 * The tables of the accounts service that may be changed. What is not among them is only ever added to: the ledger (`transfers`,
 * `entries`) and the decisions. A table that a migration adds joins the list, or is append-only too.
 */
const CHANGEABLE = [
  'accounts',
  'beneficiaries',
  'chores',
  'idempotency_keys',
  'operations',
  'outbox',
  'outbox_lease',
  'people',
  'ribs',
  'schema_migrations',
  'schema_migrations_lock',
];

/**
 * What a service's database user may do: anything in its own schema and nothing elsewhere; but accounts may take nothing away from it, and
 * neither UPDATE nor DELETE, DROP or TRUNCATE what is append-only. Every statement may be repeated.
 */
export function grantsOf(user: string, schema: string): string[] {
  const to = `TO '${user}'@'%'`;
  if (user !== 'accounts') return [`GRANT ALL ON \`${schema}\`.* ${to};`];
  return [
    // All is granted and taken back, so that one who had more before (or nothing) has the same afterwards, and no statement fails.
    `GRANT ALL ON \`${schema}\`.* ${to};`,
    `REVOKE ALL ON \`${schema}\`.* FROM '${user}'@'%';`,
    `GRANT SELECT, INSERT, CREATE, ALTER, INDEX, REFERENCES, TRIGGER ON \`${schema}\`.* ${to};`,
    // A grant may come before its table only together with CREATE.
    ...CHANGEABLE.map((table) => `GRANT CREATE, UPDATE, DELETE ON \`${schema}\`.\`${table}\` ${to};`),
  ];
}
