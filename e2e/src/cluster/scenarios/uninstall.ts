import { setTimeout as sleep } from 'node:timers/promises';
import type { Kube } from '../kube.ts';
import type { Scenario } from '../scenario.ts';

const KINDS =
  'all,configmaps,secrets,persistentvolumeclaims,serviceaccounts,roles,rolebindings,networkpolicies,poddisruptionbudgets,ingresses';
/** Of every namespace, whoever is in it: the cluster's own authorities, and the account of whoever names none. */
const OF_THE_CLUSTER = /^(configmap\/.*\.crt|serviceaccount\/default|event.*)$/;
/** What was worth keeping: the money, what opens it, and helm's own last word of its test. */
const KEPT = /^(persistentvolumeclaim\/|secret\/|pod\/.*-test$)/;
/** Pods finish what runs before they go. */
const GONE_WITHIN_MS = 90_000;

export const uninstall: Scenario = {
  name: 'uninstall',
  promise: 'helm uninstall takes what it brought, and what it leaves behind has a name and a reason',
  async run({ kube, say }) {
    const began = Date.now();
    const said = await kube.helm(['uninstall', kube.release, '--wait', '--timeout', '3m']);
    if (!said.ok) throw new Error(said.text);
    let left = await remaining(kube);
    while (left.some((name) => !KEPT.test(name))) {
      if (Date.now() - began > GONE_WITHIN_MS)
        throw new Error(`these should have gone: ${left.filter((name) => !KEPT.test(name)).join(', ')}`);
      await sleep(1_000);
      left = await remaining(kube);
    }
    say(
      `helm uninstall: ${said.seconds.toFixed(0)} s, the last pod gone after ${((Date.now() - began) / 1000).toFixed(0)} s`,
    );
    say(`left behind: ${left.length === 0 ? 'nothing' : left.join(', ')}`);
  },
};

async function remaining(kube: Kube): Promise<string[]> {
  const names = (await kube.kubectl(['get', KINDS, '-o', 'name'])).split('\n');
  return names.filter((name) => name !== '' && !OF_THE_CLUSTER.test(name));
}
