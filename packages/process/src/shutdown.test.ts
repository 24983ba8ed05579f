import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const FIXTURE = fileURLToPath(new URL('shutdown.fixture.ts', import.meta.url));

/** Runs the fixture, sends it `signals` once it has started, and returns its output and exit code. */
async function live(
  manner: string,
  signals: NodeJS.Signals[] = [],
  environment: Record<string, string> = {},
) {
  const child = spawn(process.execPath, [FIXTURE, manner], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  const lines: { report?: string; level?: string; msg?: string }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line));
    if (lines.at(-1)?.report === 'started') for (const signal of signals) child.kill(signal);
  });
  const [code] = await once(child, 'close');
  return {
    code,
    reports: lines.flatMap(({ report }) => report ?? []),
    logged: lines.filter(({ level }) => level === 'fatal' || level === 'warn'),
  };
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} closes what was opened in reverse order, and ends with status 0`, async (t) => {
    const { code, reports } = await live('well', [signal]);
    t.is(code, 0);
    t.deepEqual(reports, ['started', 'stopping', 'second closed', 'first closed, draining true']);
  });
}

test('a second signal changes nothing', async (t) => {
  const { code, reports } = await live('well', ['SIGTERM', 'SIGINT', 'SIGTERM']);
  t.is(code, 0);
  t.is(reports.filter((text) => text === 'second closed').length, 1);
});

test('memory that only the start needed is returned to the system, if node allows it', async (t) => {
  const holds = async (options: string) => {
    const { reports } = await live('wasteful', [], { NODE_OPTIONS: options, STOP_AFTER_MS: '300' });
    return Number(reports.find((text) => text.startsWith('holds'))?.split(' ')[1]);
  };
  const [kept, given] = await Promise.all([
    holds('--max-semi-space-size=16'),
    holds('--max-semi-space-size=16 --expose-gc'),
  ]);
  t.true(given < kept - 10, `${given} MiB of ${kept}`);
});

test('invalid settings end the process with one line that lists them', async (t) => {
  const { code, reports, logged } = await live('bad settings');
  t.is(code, 1);
  t.deepEqual(reports, ['first closed, draining true']);
  t.is(logged.length, 1);
  t.regex(logged[0]?.msg ?? '', /PORT is missing/);
});

test('a start that fails closes what was opened, and ends with status 1', async (t) => {
  const { code, reports, logged } = await live('bad start');
  t.is(code, 1);
  t.deepEqual(reports, ['second closed', 'first closed, draining true']);
  t.like(logged[0], { level: 'fatal', msg: 'fatal error' });
});

test('an unhandled rejection ends the process in order', async (t) => {
  const { code, reports, logged } = await live('uncaught');
  t.is(code, 1);
  t.deepEqual(reports.slice(-2), ['second closed', 'first closed, draining true']);
  t.is(logged[0]?.level, 'fatal');
});

test('an error while closing does not keep anything else open', async (t) => {
  const { code, reports, logged } = await live('bad close', ['SIGTERM']);
  t.is(code, 0);
  t.is(reports.at(-1), 'first closed, draining true');
  t.is(logged[0]?.msg, 'clean shutdown failed');
});

test('requests are served for DRAIN_SECONDS after SIGTERM', async (t) => {
  const began = performance.now();
  const { code } = await live('well', ['SIGTERM'], { DRAIN_SECONDS: '1' });
  t.is(code, 0);
  t.true(performance.now() - began > 1_000);
});
