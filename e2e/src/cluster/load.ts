import { setTimeout as sleep } from 'node:timers/promises';
import type { Kube } from './kube.ts';
import { type LoadUsers, readState } from './load-users.ts';
import { runPod } from './pod.ts';
import { addUp, failureLines, type LoadSecond, type Tally } from './tally.ts';

const RATE = 50;
const POD = 'guichet-test-load';
const SETTLE_MS = 5_000;
const LOG_WITHIN_MS = 90_000;

export interface Load {
  /** Resolves with the next report that fulfils `is`. */
  when(is: (second: LoadSecond) => boolean, withinMs: number): Promise<LoadSecond>;
}

/**
 * Sends RATE requests per second while `disturb` runs, and for a few seconds before and after. Then checks that every acknowledged deposit
 * is on the account once and in the log once, and that the ledger reconciles.
 * @throws Error if an acknowledged deposit is missing or a deposit was posted twice
 */
export async function underLoad(
  kube: Kube,
  users: LoadUsers,
  image: string,
  disturb: (load: Load) => Promise<void>,
): Promise<Tally> {
  const before = await readState(kube, users);
  const seconds: LoadSecond[] = [];
  const listeners = new Set<(second: LoadSecond) => void>();
  let hasEnded = false;
  const pod = await runPod(kube, {
    name: POD,
    image,
    script: 'load.ts',
    // So that a machine can be lost that has neither of them.
    beside: { 'app.kubernetes.io/instance': kube.release, 'app.kubernetes.io/component': 'mysql' },
    environment: {
      ORIGIN: await originOf(kube),
      RATE: String(RATE),
      ACCOUNT: users.accountId,
      MEMBER: users.member.username,
      MEMBER_PASSWORD: users.member.password,
      AGENT: users.agent.username,
      AGENT_PASSWORD: users.agent.password,
    },
    onLine(line) {
      const report = JSON.parse(line) as LoadSecond & { end?: true };
      if (report.end) hasEnded = true;
      else {
        seconds.push(report);
        for (const listener of listeners) listener(report);
      }
    },
  });
  const load: Load = {
    when: (is, withinMs) =>
      new Promise((resolve, reject) => {
        const timeout = setTimeout(
          () => reject(new Error(`the expected state was not reached within ${withinMs / 1000} s`)),
          withinMs,
        );
        const listener = (second: LoadSecond): void => {
          if (!is(second)) return;
          clearTimeout(timeout);
          listeners.delete(listener);
          resolve(second);
        };
        listeners.add(listener);
      }),
  };
  try {
    await load.when(({ sent }) => sent > 0, 60_000);
    await sleep(SETTLE_MS);
    await disturb(load);
    await sleep(SETTLE_MS);
  } finally {
    await pod.stop();
  }
  if (!hasEnded) throw new Error('the load pod was interrupted');
  const tally = addUp(seconds);
  await checkAcknowledged(kube, users, before, tally);
  return tally;
}

async function originOf(kube: Kube): Promise<string> {
  const { items } = await kube.get([
    'services',
    '-l',
    `${kube.selector},app.kubernetes.io/component=frontend`,
  ]);
  return `http://${items[0].metadata.name}:8080`;
}

async function checkAcknowledged(
  kube: Kube,
  users: LoadUsers,
  before: Awaited<ReturnType<typeof readState>>,
  { posted, unknown }: Tally,
): Promise<void> {
  const end = Date.now() + LOG_WITHIN_MS;
  for (;;) {
    const after = await readState(kube, users);
    const onAccount = (after.balanceMinor - before.balanceMinor) / 100;
    const inLog = after.depositsInLog - before.depositsInLog;
    if (onAccount < posted || onAccount > posted + unknown) {
      throw new Error(
        `${posted} deposits were acknowledged (${unknown} uncertain), but ${onAccount} are on the account`,
      );
    }
    if (!after.isReconciled) throw new Error('the ledger does not reconcile');
    if (!after.isChainIntact) throw new Error("the log's hash chain is broken");
    if (inLog === onAccount) return;
    // The log may be late, but it must not contain more, and it must catch up.
    if (inLog > onAccount || Date.now() > end) {
      throw new Error(`${onAccount} deposits are on the account, but ${inLog} are in the log`);
    }
    await sleep(1_000);
  }
}

/** @throws Error that lists what failed */
export function expectNoFailure(tally: Tally): void {
  if (tally.failures > 0)
    throw new Error(`${tally.failures} of ${tally.sent} requests failed:\n${failureLines(tally).join('\n')}`);
}
