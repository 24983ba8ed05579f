import { expectNoFailure, underLoad } from '../load.ts';
import type { Scenario } from '../scenario.ts';
import { inWords } from '../tally.ts';
import { rollOut } from '../wait.ts';

export const rollingRestart: Scenario = {
  name: 'rolling-restart',
  promise: 'every workload but the one database is restarted under load, and nobody notices',
  async run({ kube, people, jobsImage, say }) {
    const all = [...(await kube.workloads())];
    const load = await people();
    const tally = await underLoad(kube, load, jobsImage, async () => {
      for (const [component, workload] of all.filter(([name]) => name !== 'mysql')) {
        const began = Date.now();
        await kube.kubectl(['rollout', 'restart', workload]);
        await rollOut(kube, workload);
        say(`  ${component} restarted in ${((Date.now() - began) / 1000).toFixed(0)} s`);
      }
    });
    say(inWords(tally));
    expectNoFailure(tally);
  },
};
