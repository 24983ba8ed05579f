import type { RowDataPacket } from 'mysql2/promise';
import type { BenchBank } from './bench-bank.ts';
import { cpuSecondsOf } from './resources.ts';

/** What the processes of the bank have used since they started. */
export interface Usage {
  /** CPU seconds of each process of the accounts service. */
  replicaCpuSeconds: number[];
  databaseCpuSeconds: number;
  natsCpuSeconds: number;
  /** What the database wrote to its redo log. */
  redoBytes: number;
  commits: number;
  /** The size of the streams of events. */
  streamBytes: number;
}

export async function readUsage({ bank, database, replicas }: BenchBank): Promise<Usage> {
  const cpu = (name: string) => cpuSecondsOf(bank.process(name).pid ?? 0);
  const used = {
    replicaCpuSeconds: replicas.map(({ name }) => cpu(name)),
    databaseCpuSeconds: cpu('database'),
    natsCpuSeconds: cpu('nats'),
  };
  const [rows] = await database.query<(RowDataPacket & { Variable_name: string; Value: string })[]>(
    "SHOW GLOBAL STATUS WHERE Variable_name IN ('Innodb_os_log_written', 'Com_commit')",
  );
  const status = new Map(rows.map((row) => [row.Variable_name.toLowerCase(), Number(row.Value)]));
  const reply = await fetch(`http://127.0.0.1:${bank.settings.ports.nats_monitor}/jsz`);
  return {
    ...used,
    redoBytes: status.get('innodb_os_log_written') ?? 0,
    commits: status.get('com_commit') ?? 0,
    streamBytes: ((await reply.json()) as { bytes: number }).bytes,
  };
}

export function usedBetween(before: Usage, after: Usage): Usage {
  return {
    replicaCpuSeconds: after.replicaCpuSeconds.map(
      (cpu, index) => cpu - (before.replicaCpuSeconds[index] ?? 0),
    ),
    databaseCpuSeconds: after.databaseCpuSeconds - before.databaseCpuSeconds,
    natsCpuSeconds: after.natsCpuSeconds - before.natsCpuSeconds,
    redoBytes: after.redoBytes - before.redoBytes,
    commits: after.commits - before.commits,
    streamBytes: after.streamBytes - before.streamBytes,
  };
}
