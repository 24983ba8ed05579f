import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPeer, type Peer } from '@guichet/http';
import type { BenchBank, BenchPerson } from './bench-bank.ts';
import { median } from './closed-loop.ts';
import type { Goal } from './goals.ts';
import type { BenchOptions } from './options.ts';
import { jobOf, makeLoad, startGenerator, targetOf, usersOf } from './run.ts';
import { type BenchAccount, seedWaitingTransfers } from './seed.ts';
import { rounded } from './table.ts';

const GUESSING_CLIENTS = 64;
const ROUNDS = 3;
const SERVICES = ['auth', 'accounts'] as const;
const WARM_UP_MS = 500;
const PAUSE_MS = 100;

/** The targets during a flood of wrong passwords, while agents decide as fast as they can. */
export async function floodGoals(
  bench: BenchBank,
  accounts: readonly BenchAccount[],
  options: BenchOptions,
): Promise<Goal[]> {
  const flood = await measureFlood(bench, accounts, options);
  const slowest = (ms: readonly number[]) => rounded(Math.max(...ms), 0);
  const goal = (name: string, target: number, reached: number, bound: Goal['bound'] = 'at most'): Goal => ({
    name,
    bound,
    target,
    reached,
  });
  return [
    goal('decisions during a flood of wrong passwords ÷ before', 0.6, rounded(flood.ratio, 2), 'at least'),
    ...SERVICES.map((name) =>
      goal(
        `event-loop delay of ${name} in the flood, p99, ms (before it: ${rounded(flood.beforeMs[name], 0)})`,
        50,
        rounded(flood.delayMs[name], 0),
      ),
    ),
    goal(
      `sign-in in the flood, known device, slowest of ${flood.knownMs.length}, ms`,
      2_000,
      slowest(flood.knownMs),
    ),
    goal(
      `sign-in in the flood, new device, slowest of ${flood.newMs.length}, ms`,
      2_000,
      slowest(flood.newMs),
    ),
  ];
}

/** Each figure is that of the worst round, except the rate, which is the median of the rounds' ratios. */
async function measureFlood(bench: BenchBank, accounts: readonly BenchAccount[], options: BenchOptions) {
  const { settings } = bench.bank;
  const auth = openPeer('auth', `https://127.0.0.1:${settings.ports.auth}`, {
    TLS_DIRECTORY: join(bench.folder, 'tls', 'frontend'),
  });
  const [deciding, guessing] = [startGenerator(usersOf(bench, accounts)), startGenerator()];
  const job = jobOf(bench, accounts, options);
  const perSecond = async (operationIds: string[]) => {
    const { done, seconds } = await makeLoad(deciding, { ...job, operationIds });
    return done / seconds;
  };
  const waiting = () => seedWaitingTransfers(bench.database, accounts, 9_000 * options.seconds, 'uniform');
  const [known, unknown] = bench.members;
  if (known === undefined || unknown === undefined) throw new Error('the bench has no members');
  const ratios: number[] = [];
  const knownMs: number[] = [];
  const newMs: number[] = [];
  const beforeMs = { auth: 0, accounts: 0 };
  const delayMs = { auth: 0, accounts: 0 };
  /** Keeps the longest delays since the last call. */
  const readDelays = async (longest: typeof delayMs) => {
    for (const name of SERVICES)
      longest[name] = Math.max(longest[name], await loopDelayMs(settings.ports[`${name}_admin`]));
  };
  let device = (await signIn(auth, known, null)).device;
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const [first, second] = [await waiting(), await waiting()];
      await readDelays({ auth: 0, accounts: 0 });
      const before = await perSecond(first);
      await readDelays(beforeMs);
      let flooded = true;
      const flood = makeLoad(guessing, {
        ...job,
        name: 'guess',
        seconds: options.seconds + 1,
        connections: GUESSING_CLIENTS,
        http: targetOf(bench, 'auth'),
      }).finally(() => {
        flooded = false;
      });
      await sleep(WARM_UP_MS);
      await readDelays({ auth: 0, accounts: 0 });
      const signingIn = Promise.all([
        repeat(
          () => flooded,
          knownMs,
          async () => {
            const signedIn = await signIn(auth, known, device);
            device = signedIn.device;
            return signedIn.ms;
          },
        ),
        repeat(
          () => flooded,
          newMs,
          async () => (await signIn(auth, unknown, null)).ms,
        ),
      ]);
      ratios.push((await perSecond(second)) / before);
      await readDelays(delayMs);
      const { refused, refusal } = await flood;
      if (refused > 0) throw new Error(`unexpected reply to a wrong password: ${refusal}`);
      await signingIn;
    }
    return { ratio: median(ratios), knownMs, newMs, beforeMs, delayMs };
  } finally {
    deciding.disconnect();
    guessing.disconnect();
    await auth.close();
  }
}

/** Measures one call after the other, with a pause between them, for as long as the flood goes on. */
async function repeat(goesOn: () => boolean, timesMs: number[], call: () => Promise<number>): Promise<void> {
  while (goesOn()) {
    timesMs.push(await call());
    await sleep(PAUSE_MS);
  }
}

/** Signs a user in as a browser does: with the device token of the last time, or from a new device. */
async function signIn(auth: Peer, { username, password }: BenchPerson, device: string | null) {
  const began = performance.now();
  const { status, body } = await auth.request({
    method: 'POST',
    path: '/api/auth/login',
    body: { username, password, ...(device === null ? {} : { device_token: device }) },
    timeoutMs: 60_000,
  });
  if (status !== 200) throw new Error(`a sign-in during the flood was answered with ${status}`);
  return { ms: performance.now() - began, device: (body as { device_token: string }).device_token };
}

/** The 99th percentile of a process's event-loop delays since this was last read. */
async function loopDelayMs(adminPort: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  const [, seconds] = /^nodejs_eventloop_lag_p99_seconds(?:\{[^}]*\})? (\S+)$/m.exec(text) ?? [];
  if (seconds === undefined) throw new Error('the process does not report its event-loop delay');
  return Number(seconds) * 1_000;
}
