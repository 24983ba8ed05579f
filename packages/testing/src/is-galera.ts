import type { KnexDatabase } from './with-knex.ts';

/** Whether the tests run on a node of a Galera cluster. A MariaDB without a cluster has the variables of Galera too. */
export async function isGalera(db: Pick<KnexDatabase, 'raw'>): Promise<boolean> {
  const [rows] = await db.raw("SHOW SESSION VARIABLES LIKE 'wsrep_on'");
  return (rows as { Value: string }[])[0]?.Value === 'ON';
}
