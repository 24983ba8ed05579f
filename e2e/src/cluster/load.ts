import { setTimeout as sleep } from 'node:timers/promises';
import type { Kube } from './kube.ts';
import { type LoadPeople, readBooks } from './people.ts';
import { runPod } from './pod.ts';
import { addUp, failuresInWords, type LoadSecond, type Tally } from './tally.ts';

const RATE = 50;
const POD = 'guichet-test-load';
const SETTLE_MS = 5_000;
const LOG_WITHIN_MS = 90_000;

export interface Load {
  /** Resolves with the first second, from now on, for which `is` holds. */
  when(is: (second: LoadSecond) => boolean, withinMs: number): Promise<LoadSecond>;
}

/**
 * Asks the bank for RATE things a second while `disturb` runs, and a little before and after, and then holds it to its word: what it
 * said is posted is on the account, in the log once, and the books add up.
 * @throws Error where something that was acknowledged is missing, or more is there than was asked for
 */
export async function underLoad(
  kube: Kube,
  people: LoadPeople,
  image: string,
  disturb: (load: Load) => Promise<void>,
): Promise<Tally> {
  const before = await readBooks(kube, people);
  const seconds: LoadSecond[] = [];
  const listeners = new Set<(second: LoadSecond) => void>();
  let hasEnded = false;
  const pod = await runPod(kube, {
    name: POD,
    image,
    script: 'load.ts',
    environment: {
      ORIGIN: await originOf(kube),
      RATE: String(RATE),
      ACCOUNT: people.accountId,
      MEMBER: people.member.username,
      MEMBER_PASSWORD: people.member.password,
      AGENT: people.agent.username,
      AGENT_PASSWORD: people.agent.password,
    },
    onLine(line) {
      const said = JSON.parse(line) as LoadSecond & { end?: true };
      if (said.end) hasEnded = true;
      else {
        seconds.push(said);
        for (const listener of listeners) listener(said);
      }
    },
  });
  const load: Load = {
    when: (is, withinMs) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(
          () => reject(new Error(`it did not come to that within ${withinMs / 1000} s`)),
          withinMs,
        );
        const listener = (second: LoadSecond): void => {
          if (!is(second)) return;
          clearTimeout(late);
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
  if (!hasEnded) throw new Error('the load pod was cut off');
  const tally = addUp(seconds);
  await holdToItsWord(kube, people, before, tally);
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

async function holdToItsWord(
  kube: Kube,
  people: LoadPeople,
  before: Awaited<ReturnType<typeof readBooks>>,
  { posted, unknown }: Tally,
): Promise<void> {
  const end = Date.now() + LOG_WITHIN_MS;
  for (;;) {
    const after = await readBooks(kube, people);
    const onAccount = (after.balanceMinor - before.balanceMinor) / 100;
    const inLog = after.depositsInLog - before.depositsInLog;
    if (onAccount < posted || onAccount > posted + unknown) {
      throw new Error(
        `${posted} deposits were acknowledged (${unknown} uncertain), and ${onAccount} are on the account`,
      );
    }
    if (!after.addUp) throw new Error('the books do not add up');
    if (!after.chainHolds) throw new Error("the log's chain is broken");
    if (inLog === onAccount) return;
    // The log may lag; it may not have more, nor stay behind.
    if (inLog > onAccount || Date.now() > end) {
      throw new Error(`${onAccount} deposits are on the account, and the log tells of ${inLog}`);
    }
    await sleep(1_000);
  }
}

/** @throws Error that lists what failed */
export function expectNoFailure(tally: Tally): void {
  if (tally.failures > 0)
    throw new Error(
      `${tally.failures} of ${tally.sent} requests failed:\n${failuresInWords(tally).join('\n')}`,
    );
}
