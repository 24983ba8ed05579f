import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { databaseSettings, migrationSettings, readSettings, serverSettings } from '@guichet/config';
import { DATABASE_SERVICES } from '@guichet/contract';
import { migrate, openDatabase, waitForDatabase } from '@guichet/database';
import { silentLog } from '@guichet/log';
import type { RunningBank } from '@guichet/tools';
import test from 'ava';
import { type FaultBank, runFaults, startFaultBank } from './faults/run-faults.ts';
import { faultTable } from './faults/table.ts';
import { EXPAND } from './next-release.ts';

// The middle of an upgrade, and of a rollback: the processes of this release on the schemas of the next one. See docs/operations/upgrades.md.

const { DATABASE_PASSWORD: _, ...connection } = databaseSettings;
const settings = { TLS_DIRECTORY: serverSettings.TLS_DIRECTORY, ...connection, ...migrationSettings };

/** Takes away what no process uses any longer. */
const CONTRACT = `
export async function up(db) {
  const [tables] = await db.raw("SELECT table_name AS name FROM information_schema.columns WHERE table_schema = DATABASE() AND column_name = 'of_next_release'");
  for (const { name } of tables)
    await db.raw('ALTER TABLE ?? DROP COLUMN of_next_release, DROP COLUMN also_of_next_release', [name]);
  await db.raw('DROP TABLE next_release');
}
export async function down() {}
`;

let folder: string;
let faultBank: FaultBank;
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guichet-releases-'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  faultBank = await startFaultBank();
});
test.after.always(async () => {
  await faultBank?.stop();
  await rm(folder, { recursive: true });
});

/** Migrates every schema as a release with this migration would. */
async function migrateAll(bank: RunningBank, name: string, text: string): Promise<void> {
  const directory = join(folder, name);
  await mkdir(directory);
  await writeFile(join(directory, `${name}.ts`), text);
  for (const service of DATABASE_SERVICES) {
    const { DATABASE_MIGRATION_USER, DATABASE_MIGRATION_PASSWORD, ...given } = readSettings(
      settings,
      bank.migrationEnvironmentOf(service),
    );
    const db = openDatabase(
      { ...given, DATABASE_USER: DATABASE_MIGRATION_USER, DATABASE_PASSWORD: DATABASE_MIGRATION_PASSWORD },
      silentLog,
      { answerWithinMs: 60_000 },
    );
    try {
      await waitForDatabase(db, silentLog);
      await migrate(db, pathToFileURL(`${directory}/`), silentLog);
    } finally {
      await db.destroy();
    }
  }
}

test.serial(
  'while every table is expanded and contracted, no request fails, and this release starts again on the schemas of the next one',
  async (t) => {
    t.timeout(480_000);
    const report = await runFaults(faultBank, {
      faults: [
        {
          name: 'schemas expanded',
          happen: (bank) => migrateAll(bank, '9001-expand', EXPAND),
        },
        ...DATABASE_SERVICES.map((target) => ({ fault: 'kill' as const, target })),
        {
          name: 'schemas contracted',
          happen: (bank) => migrateAll(bank, '9002-contract', CONTRACT),
        },
      ],
      operations: 300,
      lastsMs: 0,
      rate: 40,
      mailQuietMs: 1_000,
    });
    t.log(`\n${faultTable(report)}`);
    t.deepEqual(report.findings, []);
    const migrated = report.phases.filter(({ name }) => name.startsWith('schemas'));
    t.is(migrated.length, 2);
    for (const phase of migrated) t.like(phase, { failed: 0, reasons: {} });
  },
);
