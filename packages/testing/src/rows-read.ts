import type { KnexDatabase } from './with-knex.ts';

/**
 * The work of the server for `work`: the number of rows that it reads, by its own count, and the plan of each query. `db` must have one connection.
 * The count is exact where a plan estimates; the plan shows a scan of a table that is small only in the test.
 */
export async function rowsRead(
  db: KnexDatabase,
  work: (db: KnexDatabase) => Promise<unknown>,
): Promise<{ rows: number; plans: PlanStep[] }> {
  const queries: string[] = [];
  const before = await handlerReads(db);
  const unwatch = db.connections.watch((sql) => queries.push(sql));
  await work(db).finally(unwatch);
  const rows = (await handlerReads(db)) - before;
  // MySQL 9 prints a tree by default; MariaDB only has the table, and refuses the variable.
  await db.raw("SET SESSION explain_format = 'TRADITIONAL'").catch(() => undefined);
  const plans: PlanStep[] = [];
  for (const sql of queries) {
    if (!/^\s*(select|\()/i.test(sql)) continue;
    const [steps] = await db.raw(`EXPLAIN ${sql}`);
    plans.push(...steps.map((step: PlanStep) => ({ table: step.table, type: step.type, key: step.key })));
  }
  return { rows, plans };
}

/** A line of EXPLAIN, with the columns that MariaDB and MySQL share. */
export interface PlanStep {
  table: string | null;
  /** ALL is a scan of the whole table. */
  type: string | null;
  key: string | null;
}

async function handlerReads(db: KnexDatabase): Promise<number> {
  const [lines] = await db.raw("SHOW SESSION STATUS LIKE 'Handler_read%'");
  return (lines as { Value: string }[]).reduce((sum, { Value }) => sum + Number(Value), 0);
}
