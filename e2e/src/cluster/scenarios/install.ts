import type { Scenario } from '../scenario.ts';
import { waitUntilReady } from '../wait.ts';

export const install: Scenario = {
  name: 'install',
  expectation: 'one command installs the whole bank, and --wait returns when it is ready',
  async run({ kube, chart, tags, say }) {
    const result = await kube.helm([
      'install',
      kube.release,
      ...chart(tags.first),
      '--wait',
      '--timeout',
      '5m',
    ]);
    if (!result.ok) throw new Error(result.text);
    say(`helm install --wait: all ready after ${result.seconds.toFixed(0)} s`);
    const left = await waitUntilReady(kube, 10_000);
    say(`${left.pods} pods, ${left.restarts} restarts`);
  },
};

export const helmTest: Scenario = {
  name: 'helm-test',
  expectation: 'helm test moves money and cleans up',
  async run({ kube, say }) {
    const result = await kube.helm(['test', kube.release, '--logs', '--timeout', '3m']);
    if (!result.ok) throw new Error(result.text);
    say(`helm test passed in ${result.seconds.toFixed(0)} s`);
    for (const line of result.text.split('\n').filter((one) => one.startsWith('ok '))) say(`  ${line}`);
  },
};
