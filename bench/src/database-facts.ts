import type { Connection, RowDataPacket } from 'mysql2/promise';

/** The server that was measured, in its own words. */
export interface DatabaseFacts {
  version: string;
  /** The settings that decide how durable a commit is, and how much memory and redo log there is. */
  settings: Readonly<Record<string, string>>;
}

const SETTINGS = [
  'innodb_flush_log_at_trx_commit',
  'innodb_doublewrite',
  'innodb_flush_method',
  'log_bin',
  'innodb_buffer_pool_size',
  // MariaDB's name and MySQL's.
  'innodb_log_file_size',
  'innodb_redo_log_capacity',
];

export async function databaseFacts(database: Connection): Promise<DatabaseFacts> {
  const [[server]] = await database.query<(RowDataPacket & { version: string; comment: string })[]>(
    'SELECT VERSION() AS version, @@version_comment AS comment',
  );
  const [rows] = await database.query<(RowDataPacket & { Variable_name: string; Value: string })[]>(
    'SHOW GLOBAL VARIABLES WHERE Variable_name IN (?)',
    [SETTINGS],
  );
  const { version = '', comment = '' } = server ?? {};
  const isMariadb = version.includes('MariaDB');
  // MySQL still shows the old name, which has no effect.
  const known = rows.filter((row) => isMariadb || row.Variable_name !== 'innodb_log_file_size');
  return {
    version: `${isMariadb ? 'MariaDB' : 'MySQL'} ${version} (${comment})`,
    settings: Object.fromEntries(known.map((row) => [row.Variable_name, row.Value])),
  };
}

export function printedFacts({ version, settings }: DatabaseFacts): string {
  const values = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  return `${version}: ${values.join(', ')}`;
}
