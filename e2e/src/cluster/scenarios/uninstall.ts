import { setTimeout as sleep } from 'node:timers/promises';
import type { Kube } from '../kube.ts';
import type { Scenario } from '../scenario.ts';

const KINDS =
  'all,configmaps,secrets,persistentvolumeclaims,serviceaccounts,roles,rolebindings,networkpolicies,poddisruptionbudgets,ingresses';
/** Objects of every namespace: the cluster's authorities and the default service account. */
const OF_THE_CLUSTER = /^(configmap\/.*\.crt|serviceaccount\/default|event.*)$/;
/** Objects that are kept on purpose: data, the secrets that decrypt it, and the pod of the last helm test. */
const KEPT = /^(persistentvolumeclaim\/|secret\/|pod\/.*-test$)/;
/** Pods finish running requests before they end. */
const GONE_WITHIN_MS = 90_000;

export const uninstall: Scenario = {
  name: 'uninstall',
  expectation: 'helm uninstall deletes everything except data and secrets',
  async run({ kube, say }) {
    const began = Date.now();
    const result = await kube.helm(['uninstall', kube.release, '--wait', '--timeout', '3m']);
    if (!result.ok) throw new Error(result.text);
    let left = await remaining(kube);
    while (left.some((name) => !KEPT.test(name))) {
      if (Date.now() - began > GONE_WITHIN_MS)
        throw new Error(`not deleted: ${left.filter((name) => !KEPT.test(name)).join(', ')}`);
      await sleep(1_000);
      left = await remaining(kube);
    }
    say(
      `helm uninstall: ${result.seconds.toFixed(0)} s, the last pod ended after ${((Date.now() - began) / 1000).toFixed(0)} s`,
    );
    say(`kept: ${left.length === 0 ? 'nothing' : left.join(', ')}`);
  },
};

async function remaining(kube: Kube): Promise<string[]> {
  const names = (await kube.kubectl(['get', KINDS, '-o', 'name'])).split('\n');
  return names.filter((name) => name !== '' && !OF_THE_CLUSTER.test(name));
}
