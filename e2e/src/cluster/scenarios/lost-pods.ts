import { setTimeout as sleep } from 'node:timers/promises';
import { DATABASE_SERVICES, SERVICES } from '@guichet/contract';
import type { Kube, Pod } from '../kube.ts';
import { expectNoFailure, underLoad } from '../load.ts';
import type { Scenario } from '../scenario.ts';
import { failuresInWords, inWords } from '../tally.ts';
import { restartsOf, rollOut, waitUntilReady } from '../wait.ts';

const NOT_READY_WITHIN_MS = 5_000;

export const lostPods: Scenario = {
  name: 'lost-pods',
  promise: 'a pod of each service is deleted under load, and nobody notices',
  async run(bench) {
    const { kube, people, jobsImage, say } = bench;
    const workloads = await kube.workloads();
    for (const component of SERVICES) {
      const workload = workloads.get(component);
      if (workload === undefined) continue;
      const tally = await underLoad(kube, await people(), jobsImage, async () => {
        const [pod] = await kube.pods(component);
        await kube.kubectl(['delete', 'pod', pod?.name ?? '', '--wait=true']);
        await rollOut(kube, workload);
      });
      say(`a pod of ${component}: ${inWords(tally)}`);
      expectNoFailure(tally);
    }
  },
};

export const lostNats: Scenario = {
  name: 'lost-nats',
  promise: 'all pods of NATS are deleted at once: operations go on, and no log entry is missing after',
  async run({ kube, people, jobsImage, say }) {
    const workload = (await kube.workloads()).get('nats');
    if (workload === undefined) return say('NATS is not part of this release');
    const before = restartsOf(await otherPods(kube, 'nats'));
    const tally = await underLoad(kube, await people(), jobsImage, async () => {
      const pods = await kube.pods('nats');
      await kube.kubectl(['delete', 'pod', ...pods.map(({ name }) => name), '--wait=true']);
      await rollOut(kube, workload);
    });
    say(inWords(tally));
    say(`  ${tally.posted} deposits posted meanwhile, each in the log once`);
    expectNoFailure(tally);
    expectNoRestart(before, await otherPods(kube, 'nats'));
  },
};

export const lostDatabase: Scenario = {
  name: 'lost-database',
  promise:
    'the pod of the database is deleted: not ready within 5 s, 503 meanwhile, no restart, and ready again by itself',
  async run(bench) {
    const { kube, people, jobsImage, say } = bench;
    const workload = (await kube.workloads()).get('mysql');
    if (workload === undefined) return say('the database is not part of this release');
    const before = restartsOf(await otherPods(kube, 'mysql'));
    let notReadyAfterMs = Number.NaN;
    let readyAfterMs = Number.NaN;
    const tally = await underLoad(kube, await people(), jobsImage, async (load) => {
      const [pod] = await kube.pods('mysql');
      const firstFailure = load.when(({ failed }) => Object.keys(failed).length > 0, 90_000);
      const deleting = kube.kubectl(['delete', 'pod', pod?.name ?? '', '--wait=false']);
      await deleting;
      const gone = await goneSince(kube, pod);
      await untilReady(kube, false);
      notReadyAfterMs = Date.now() - gone;
      await firstFailure.catch(() => undefined);
      await rollOut(kube, workload);
      await untilReady(kube, true);
      readyAfterMs = Date.now() - gone;
      await waitUntilReady(kube);
    });
    say(
      `not ready ${(notReadyAfterMs / 1000).toFixed(1)} s after it went, ready again after ${(readyAfterMs / 1000).toFixed(0)} s`,
    );
    say(`${inWords(tally)}; failures over ${tally.brokenSeconds} s`);
    for (const line of failuresInWords(tally)) say(`  ${line}`);
    if (notReadyAfterMs > NOT_READY_WITHIN_MS)
      throw new Error(`it took ${notReadyAfterMs} ms to be not ready`);
    const others = Object.keys(tally.failed).filter((what) => !what.startsWith('503 '));
    if (others.length > 0) throw new Error(`other answers than 503: ${others.join('; ')}`);
    expectNoRestart(before, await otherPods(kube, 'mysql'));
    say('no service was restarted, the books add up');
  },
};

/** When the database's process ended, which is before its pod is gone. */
async function goneSince(kube: Kube, pod: Pod | undefined): Promise<number> {
  for (;;) {
    const { items } = await kube.get(['pods', '--field-selector', `metadata.name=${pod?.name}`]);
    const status = items[0]?.status.containerStatuses?.[0];
    if (items[0]?.metadata.uid !== pod?.uid || status?.state.running === undefined) return Date.now();
    const ready = status.ready as boolean;
    if (!ready) return Date.now();
    await sleep(100);
  }
}

/** Until each of those that need the database is ready, or none is. */
async function untilReady(kube: Kube, wanted: boolean): Promise<void> {
  const end = Date.now() + 120_000;
  for (;;) {
    const pods = (await kube.pods()).filter(({ component }) =>
      (DATABASE_SERVICES as readonly string[]).includes(component),
    );
    if (pods.every(({ isReady }) => isReady === wanted)) return;
    if (Date.now() > end) throw new Error(`still ${wanted ? 'not ready' : 'ready'} after 120 s`);
    await sleep(200);
  }
}

async function otherPods(kube: Kube, component: string): Promise<Pod[]> {
  return (await kube.pods()).filter((pod) => pod.component !== component);
}

function expectNoRestart(before: number, pods: readonly Pod[]): void {
  const after = restartsOf(pods);
  if (after > before) throw new Error(`${after - before} containers were restarted`);
}
