import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, freemem } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import { CHECKS, printedResult, runChecks } from '../checks/checks.ts';
import { ensurePrograms } from '../programs/ensure.ts';
import { buildAssets } from '../start/assets.ts';
import { FILE_TIMES_VARIABLE, slowestFiles } from './file-times.ts';
import { runAva, type Tally } from './run-ava.ts';
import { type Selection, selectTests } from './select.ts';
import { startTestServers } from './servers.ts';
import { temporaryRoot } from './temporary-root.ts';

/** More than one, because tests mostly wait for the database or the broker. */
const FILES_PER_CORE = 2;
/** A bank has a dozen processes, and takes up to 1 GiB. */
const BANKS = 2;
const BANK_BYTES = 2 ** 30;

/**
 * `npm test`: runs the checks, then the tests beside the code on private servers, then the tests of the whole bank. With `wanted`, it runs
 * only the test files whose path contains one of these strings, and no checks. Before the last line, `N passed, N failed`, it lists the
 * files that took longest, then describes the failures: they are found at the end of a long output, and in a part of it that was kept.
 * @returns the exit code
 */
export async function runTests(wanted: readonly string[]): Promise<number> {
  const began = Date.now();
  const selection = await selectTests(wanted);
  if (Object.values(selection).flat().length === 0) {
    throw new UserError(`No test file's path contains ${wanted.join(' or ')}.`);
  }
  const stopping = stopOnSignal();
  const folder = await mkdtemp(join(await temporaryRoot(), 'guichet-test-'));
  const times = join(folder, 'file-times');
  try {
    const tally = await runAll(selection, { checks: wanted.length === 0, folder, times, signal: stopping });
    section('The slowest files');
    for (const line of slowestFiles(await readFile(times, 'utf8').catch(() => ''))) say(line);
    if (tally.details.length > 0) {
      section('What failed');
      for (const line of tally.details) say(line);
    }
    section(since(began));
    if (stopping.aborted) say('Interrupted: not every test ran.');
    say(`${tally.passed} passed, ${tally.failed} failed`);
    return tally.failed === 0 && !stopping.aborted ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runAll(
  selection: Selection,
  { checks, folder, times, signal }: { checks: boolean; folder: string; times: string; signal: AbortSignal },
): Promise<Tally> {
  const { unit, stories, underLoad } = selection;
  const testsBanks = [...stories, ...underLoad].some((file) => file.startsWith('e2e/'));
  const testsMonitoring = testsBanks || unit.some((file) => file.startsWith('tools/src/monitoring/'));
  const testsInChromium = testsBanks || unit.some((file) => file.includes('chromium'));
  const needs = [
    'database',
    'nats',
    ...(testsInChromium ? (['chromium'] as const) : []),
    ...(testsMonitoring ? (['promtool'] as const) : []),
  ] as const;
  const programs = await ensurePrograms(needs, say);
  const total: Tally = { passed: 0, failed: 0, details: [] };
  const add = ({ passed, failed, details }: Tally): void => {
    total.passed += passed;
    total.failed += failed;
    total.details.push(...details);
  };
  if (checks) {
    const from = section('Checks');
    const results = await runChecks((result) => say(printedResult(result)));
    const failed = results.filter(({ found }) => found !== null);
    add({
      passed: CHECKS.length - failed.length,
      failed: failed.length,
      details: failed.map((result) => printedResult(result)),
    });
    say(since(from));
  }
  await buildAssets(say);
  const environment = {
    ...ownEnvironment(),
    TMPDIR: folder,
    [FILE_TIMES_VARIABLE]: times,
    // It may be in the project's cache, which is not in PATH.
    TEST_NATS_SERVER: programs.nats,
    ...(testsInChromium ? { TEST_CHROMIUM: programs.chromium } : {}),
    ...('promtool' in programs ? { TEST_PROMTOOL: programs.promtool } : {}),
  };
  if (unit.length > 0 && !signal.aborted) {
    const from = section(`Tests beside the code (${unit.length} files)`);
    add(await runUnitTests(unit, { programs, folder, environment, signal }));
    say(since(from));
  }
  const runBanks = async (title: string, files: readonly string[], concurrency: number): Promise<void> => {
    if (files.length === 0 || signal.aborted) return;
    const from = section(`${title} (${files.length} files)`);
    const onPassed = (test: string): void => say(`✔ ${test}`);
    add(await runAva({ files, concurrency, inProcesses: true, environment, signal, onPassed, say }));
    say(since(from));
  };
  const banksAtOnce = availableParallelism() > 1 && freemem() > 4 * BANKS * BANK_BYTES ? BANKS : 1;
  await runBanks('Tests of the whole bank', stories, banksAtOnce);
  await runBanks('Tests of whole banks and of database clusters under load', underLoad, 1);
  return total;
}

async function runUnitTests(
  files: readonly string[],
  options: {
    programs: Parameters<typeof startTestServers>[1];
    folder: string;
    environment: Record<string, string>;
    signal: AbortSignal;
  },
): Promise<Tally> {
  const given = { database: process.env.TEST_DATABASE_URL, nats: process.env.TEST_NATS_URL };
  const own = given.database && given.nats ? null : await startTestServers(options.folder, options.programs);
  const progress = new Map<string, number>();
  try {
    const tally = await runAva({
      files,
      concurrency: availableParallelism() * FILES_PER_CORE,
      environment: {
        ...options.environment,
        TEST_DATABASE_URL: given.database || own?.databaseUrl || '',
        TEST_NATS_URL: given.nats || own?.natsUrl || '',
      },
      signal: options.signal,
      onPassed(title) {
        const group = groupOf(title);
        progress.set(group, (progress.get(group) ?? 0) + 1);
      },
      say,
    });
    for (const [group, passed] of [...progress].sort()) say(`✔ ${group}: ${passed}`);
    return tally;
  } finally {
    await own?.stop();
  }
}

/** AVA's title of a test is its file path (without common folders) and its name, separated by ›. */
function groupOf(title: string): string {
  const parts = title.split(' › ');
  return parts.slice(0, Math.max(1, parts.length - 2)).join('/');
}

/** Our environment without npm's variables and without settings of a bank that the user may have exported. */
function ownEnvironment(): Record<string, string> {
  const isBanks = (name: string): boolean => /^(npm_|PORT$|MAIL_UI_PORT$|GUICHET_|SUPERUSER_)/i.test(name);
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || isBanks(name) ? [] : [[name, value]],
    ),
  );
}

function stopOnSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
  process.on('disconnect', () => stopping.abort());
  process.channel?.unref();
  return stopping.signal;
}

/** Returns when it began. */
function section(title: string): number {
  say(`\n── ${title} ${'─'.repeat(Math.max(3, 70 - title.length))}`);
  return Date.now();
}

function since(time: number): string {
  return `${Math.round((Date.now() - time) / 1000)} s`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
