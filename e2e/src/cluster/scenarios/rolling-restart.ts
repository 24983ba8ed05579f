import { expectNoFailure, underLoad } from '../load.ts';
import type { Scenario } from '../scenario.ts';
import { summaryOf } from '../tally.ts';
import { rollOut } from '../wait.ts';

export const rollingRestart: Scenario = {
  name: 'rolling-restart',
  expectation: 'every workload except the single database is restarted under load, and no request fails',
  async run({ kube, users, jobsImage, say }) {
    const all = [...(await kube.workloads())];
    const load = await users();
    const tally = await underLoad(kube, load, jobsImage, async () => {
      for (const [component, workload] of all.filter(([name]) => name !== 'mysql')) {
        const began = Date.now();
        await kube.kubectl(['rollout', 'restart', workload]);
        await rollOut(kube, workload);
        say(`  ${component} restarted in ${((Date.now() - began) / 1000).toFixed(0)} s`);
      }
    });
    say(summaryOf(tally));
    expectNoFailure(tally);
  },
};
