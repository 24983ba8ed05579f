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
  const lines: { say?: string; level?: string; msg?: string }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line));
    if (lines.at(-1)?.say === 'started') for (const signal of signals) child.kill(signal);
  });
  const [code] = await once(child, 'close');
  return {
    code,
    said: lines.flatMap(({ say }) => say ?? []),
    logged: lines.filter(({ level }) => level === 'fatal' || level === 'warn'),
  };
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} closes what was opened, the last first, and ends with status 0`, async (t) => {
    const { code, said } = await live('well', [signal]);
    t.is(code, 0);
    t.deepEqual(said, ['started', 'stopping', 'second closed', 'first closed, draining true']);
  });
}

test('a second signal changes nothing', async (t) => {
  const { code, said } = await live('well', ['SIGTERM', 'SIGINT', 'SIGTERM']);
  t.is(code, 0);
  t.is(said.filter((text) => text === 'second closed').length, 1);
});

test('memory that only the start needed is returned to the system, if node allows it', async (t) => {
  const holds = async (options: string) => {
    const { said } = await live('wasteful', [], { NODE_OPTIONS: options, STOP_AFTER_MS: '300' });
    return Number(said.find((text) => text.startsWith('holds'))?.split(' ')[1]);
  };
  const [kept, given] = await Promise.all([
    holds('--max-semi-space-size=16'),
    holds('--max-semi-space-size=16 --expose-gc'),
  ]);
  t.true(given < kept - 10, `${given} MiB of ${kept}`);
});

test('invalid settings end the process with one line that says why', async (t) => {
  const { code, said, logged } = await live('bad settings');
  t.is(code, 1);
  t.deepEqual(said, ['first closed, draining true']);
  t.is(logged.length, 1);
  t.regex(logged[0]?.msg ?? '', /PORT is missing/);
});

test('a start that fails closes what had been opened, and ends with status 1', async (t) => {
  const { code, said, logged } = await live('bad start');
  t.is(code, 1);
  t.deepEqual(said, ['second closed', 'first closed, draining true']);
  t.like(logged[0], { level: 'fatal', msg: 'fatal error' });
});

test('an unhandled rejection ends the process in order', async (t) => {
  const { code, said, logged } = await live('uncaught');
  t.is(code, 1);
  t.deepEqual(said.slice(-2), ['second closed', 'first closed, draining true']);
  t.is(logged[0]?.level, 'fatal');
});

test('what cannot be closed keeps nothing else open', async (t) => {
  const { code, said, logged } = await live('bad close', ['SIGTERM']);
  t.is(code, 0);
  t.is(said.at(-1), 'first closed, draining true');
  t.is(logged[0]?.msg, 'clean shutdown failed');
});

test('clients have time to learn of the stop', async (t) => {
  const began = performance.now();
  const { code } = await live('well', ['SIGTERM'], { DRAIN_SECONDS: '1' });
  t.is(code, 0);
  t.true(performance.now() - began > 1_000);
});
