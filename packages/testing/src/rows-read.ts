import type { Database } from '@guichet/database';

/**
 * What `work` makes the server do: how many rows it reads, by the server's own count, and each query's plan. `db` must have one connection.
 * The count is exact where a plan only estimates; the plan reveals a scan of a table that is small only in tests.
 */
export async function rowsRead(
  db: Database,
  work: (db: Database) => Promise<unknown>,
): Promise<{ rows: number; plans: PlanStep[] }> {
  const queries: { sql: string; bindings: readonly unknown[] }[] = [];
  const note = (query: { sql: string; bindings?: readonly unknown[] }) =>
    queries.push({ sql: query.sql, bindings: query.bindings ?? [] });
  const before = await handlerReads(db);
  const unwatch = db.connections.watch((sql) => note({ sql }));
  db.on('query', note);
  await work(db).finally(() => {
    unwatch();
    db.removeListener('query', note);
  });
  const rows = (await handlerReads(db)) - before;
  // MySQL 9 draws a tree by default; MariaDB knows only the table.
  await db.raw("SET SESSION explain_format = 'TRADITIONAL'").catch(() => undefined);
  const plans: PlanStep[] = [];
  for (const { sql, bindings } of queries) {
    if (!/^\s*(select|\()/i.test(sql)) continue;
    const [steps] = await db.raw(`EXPLAIN ${sql}`, bindings as never);
    plans.push(...steps.map((step: PlanStep) => ({ table: step.table, type: step.type, key: step.key })));
  }
  return { rows, plans };
}

/** A line of EXPLAIN, as MariaDB and MySQL both have it. */
export interface PlanStep {
  table: string | null;
  /** ALL is a scan of the whole table. */
  type: string | null;
  key: string | null;
}

async function handlerReads(db: Database): Promise<number> {
  const [lines] = await db.raw("SHOW SESSION STATUS LIKE 'Handler_read%'");
  return (lines as { Value: string }[]).reduce((sum, { Value }) => sum + Number(Value), 0);
}
