import { expectNoFailure, underLoad } from '../load.ts';
import type { Scenario } from '../scenario.ts';
import { failureLines, summaryOf } from '../tally.ts';
import { rollOut, waitUntilReady } from '../wait.ts';

export const restarts: Scenario = {
  name: 'restarts',
  expectation:
    'the members of NATS and of the database are restarted one by one under load: only the restart of a single database fails requests, with 503',
  async run({ kube, users, jobsImage, say }) {
    const workloads = await kube.workloads();
    for (const component of ['nats', 'mysql', 'galera']) {
      const workload = workloads.get(component);
      if (workload === undefined) continue;
      const members = (await kube.pods(component)).length;
      const tally = await underLoad(kube, await users(), jobsImage, async () => {
        await kube.kubectl(['rollout', 'restart', workload]);
        await rollOut(kube, workload, 600);
        await waitUntilReady(kube);
      });
      say(`${members} of ${component}: ${summaryOf(tally)}; failures over ${tally.brokenSeconds} s`);
      for (const line of failureLines(tally)) say(`  ${line}`);
      if (members > 1) expectNoFailure(tally);
      const others = Object.keys(tally.failed).filter((what) => !what.startsWith('503 '));
      if (others.length > 0) throw new Error(`failures other than 503: ${others.join('; ')}`);
    }
  },
};
