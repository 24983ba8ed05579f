import { setTimeout as sleep } from 'node:timers/promises';
import { DATABASE_SERVICES, SERVICES } from '@guichet/contract';
import type { Kube, Pod } from '../kube.ts';
import { expectNoFailure, underLoad } from '../load.ts';
import { NotRun, type Scenario } from '../scenario.ts';
import { failureLines, summaryOf } from '../tally.ts';
import { restartsOf, rollOut, waitUntilReady } from '../wait.ts';

const NOT_READY_WITHIN_MS = 5_000;

export const lostPods: Scenario = {
  name: 'lost-pods',
  expectation: 'a pod of each service is deleted under load, and no request fails',
  async run(context) {
    const { kube, users, jobsImage, say } = context;
    const workloads = await kube.workloads();
    for (const component of SERVICES) {
      const workload = workloads.get(component);
      if (workload === undefined) continue;
      const tally = await underLoad(kube, await users(), jobsImage, async () => {
        const [pod] = await kube.pods(component);
        await kube.kubectl(['delete', 'pod', pod?.name ?? '', '--wait=true']);
        await rollOut(kube, workload);
      });
      say(`a pod of ${component}: ${summaryOf(tally)}`);
      expectNoFailure(tally);
    }
  },
};

export const lostNats: Scenario = {
  name: 'lost-nats',
  expectation: 'all NATS pods are deleted at once: operations continue, and no log entry is lost',
  async run({ kube, users, jobsImage, say }) {
    const workload = (await kube.workloads()).get('nats');
    if (workload === undefined) throw new NotRun('NATS is not part of this release');
    const before = restartsOf(await otherPods(kube, 'nats'));
    const tally = await underLoad(kube, await users(), jobsImage, async () => {
      const pods = await kube.pods('nats');
      await kube.kubectl(['delete', 'pod', ...pods.map(({ name }) => name), '--wait=true']);
      await rollOut(kube, workload);
    });
    say(summaryOf(tally));
    say(`  ${tally.posted} deposits posted in the meantime, each once in the log`);
    expectNoFailure(tally);
    expectNoRestart(before, await otherPods(kube, 'nats'));
  },
};

export const lostDatabase: Scenario = {
  name: 'lost-database',
  expectation:
    'the database pod is deleted: services are not ready within 5 s, reply 503, are not restarted, and become ready again',
  async run(context) {
    const { kube, users, jobsImage, say } = context;
    const workload = (await kube.workloads()).get('mysql');
    if (workload === undefined) throw new NotRun('the database is not part of this release');
    const before = restartsOf(await otherPods(kube, 'mysql'));
    let notReadyAfterMs = Number.NaN;
    let readyAfterMs = Number.NaN;
    const tally = await underLoad(kube, await users(), jobsImage, async (load) => {
      const [pod] = await kube.pods('mysql');
      const firstFailure = load.when(({ failed }) => Object.keys(failed).length > 0, 90_000);
      const deleting = kube.kubectl(['delete', 'pod', pod?.name ?? '', '--wait=false']);
      await deleting;
      const endedAt = await waitForDatabaseEnd(kube, pod);
      await waitForReadiness(kube, false);
      notReadyAfterMs = Date.now() - endedAt;
      await firstFailure.catch(() => undefined);
      await rollOut(kube, workload);
      await waitForReadiness(kube, true);
      readyAfterMs = Date.now() - endedAt;
      await waitUntilReady(kube);
    });
    say(
      `not ready ${(notReadyAfterMs / 1000).toFixed(1)} s after the database ended, ready again after ${(readyAfterMs / 1000).toFixed(0)} s`,
    );
    say(`${summaryOf(tally)}; failures over ${tally.brokenSeconds} s`);
    for (const line of failureLines(tally)) say(`  ${line}`);
    if (notReadyAfterMs > NOT_READY_WITHIN_MS)
      throw new Error(`the services were still ready ${notReadyAfterMs} ms after the database ended`);
    const others = Object.keys(tally.failed).filter((what) => !what.startsWith('503 '));
    if (others.length > 0) throw new Error(`failures other than 503: ${others.join('; ')}`);
    expectNoRestart(before, await otherPods(kube, 'mysql'));
    say('no service was restarted, and the ledger reconciles');
  },
};

/** Waits until the database's process has ended, which is before its pod is deleted. @returns the time */
async function waitForDatabaseEnd(kube: Kube, pod: Pod | undefined): Promise<number> {
  for (;;) {
    const { items } = await kube.get(['pods', '--field-selector', `metadata.name=${pod?.name}`]);
    const status = items[0]?.status.containerStatuses?.[0];
    if (items[0]?.metadata.uid !== pod?.uid || status?.state.running === undefined) return Date.now();
    const ready = status.ready as boolean;
    if (!ready) return Date.now();
    await sleep(100);
  }
}

/** Waits until all services with a database are ready, or none is. */
async function waitForReadiness(kube: Kube, wanted: boolean): Promise<void> {
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
