import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { retryUntilSuccess } from '../servers/retry-until-success.ts';
import { startGuard } from './guard.ts';
import { processIdentity } from './identity.ts';
import { restartDelayMs, SupervisedProcess } from './supervised.ts';

function supervise(t: ExecutionContext, script: string, options: { graceMs?: number } = {}) {
  const lines: string[] = [];
  const news: string[] = [];
  const guard = startGuard();
  const supervised = new SupervisedProcess(
    {
      name: 'tiny',
      program: '/bin/sh',
      args: ['-c', script],
      environment: { WORD: 'first' },
      stage: 1,
      ...options,
    },
    { line: (_name, text) => lines.push(text), news: (_name, text) => news.push(text) },
    guard,
  );
  t.teardown(async () => {
    await supervised.stop();
    guard.close();
  });
  return { supervised, lines, news };
}

const seen = (lines: readonly string[], count: number) =>
  retryUntilSuccess('the lines', 10_000, async () => {
    if (lines.length < count) throw new Error(`${lines.length} of ${count} lines`);
  });

test('a process that dies is restarted', async (t) => {
  const { supervised, lines, news } = supervise(t, 'echo "$$"; exec sleep 60');
  supervised.start();
  await seen(lines, 1);
  const first = supervised.pid;
  supervised.kill('SIGKILL');
  await seen(lines, 2);
  t.not(supervised.pid, first);
  t.is(lines[1], String(supervised.pid));
  t.deepEqual(news, ['ended (SIGKILL)']);
});

test('a process that keeps dying is restarted after increasing delays', (t) => {
  t.deepEqual(
    [1, 2, 3, 4, 5, 6, 7, 20].map(restartDelayMs),
    [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000],
  );
});

test('a restart can change the settings of a process', async (t) => {
  const { supervised, lines } = supervise(t, 'echo "$WORD"; exec sleep 60');
  supervised.start();
  await seen(lines, 1);
  supervised.configure({ WORD: 'second' });
  await supervised.restart();
  await seen(lines, 2);
  t.deepEqual(lines, ['first', 'second']);
});

test('a stopped process stays down; a process that does not stop is killed', async (t) => {
  const { supervised, lines, news } = supervise(t, 'trap "" TERM; echo up; while :; do sleep 0.1; done', {
    graceMs: 200,
  });
  supervised.start();
  await seen(lines, 1);
  await supervised.stop();
  await sleep(400);
  t.is(supervised.pid, undefined);
  t.deepEqual(news, ['does not stop; killed']);
  t.is(lines.length, 1);
});

test('a program that cannot start is reported and started again', async (t) => {
  const news: string[] = [];
  const guard = startGuard();
  const supervised = new SupervisedProcess(
    { name: 'none', program: '/nowhere/program', args: [], environment: {}, stage: 1 },
    { line: () => undefined, news: (_name, text) => news.push(text) },
    guard,
  );
  supervised.start();
  await seen(news, 2);
  await supervised.stop();
  guard.close();
  t.regex(news[0] ?? '', /does not start: .*ENOENT/);
});

test('kill -9 of the supervisor leaves no process behind', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-orphans-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const child = fileURLToPath(new URL('supervised.fixture.ts', import.meta.url));
  const supervisor = spawn(process.execPath, [child, join(folder, 'pids')], { stdio: 'ignore' });
  const pids = await retryUntilSuccess('the pids', 10_000, async () => {
    const text = await readFile(join(folder, 'pids'), 'utf8');
    return text.trim().split(' ').map(Number);
  });
  t.true(pids.every((pid) => processIdentity(pid) !== null));
  supervisor.kill('SIGKILL');
  await once(supervisor, 'exit');
  await retryUntilSuccess('their end', 10_000, async () => {
    if (pids.some((pid) => processIdentity(pid) !== null)) throw new Error('a process is left');
  });
  t.true(pids.every((pid) => processIdentity(pid) === null));
});
