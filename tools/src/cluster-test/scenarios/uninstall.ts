import type { Scenario } from '../scenario.ts';

const KINDS =
  'all,configmaps,secrets,persistentvolumeclaims,serviceaccounts,roles,rolebindings,networkpolicies,poddisruptionbudgets,ingresses';
/** Of every namespace, whoever is in it. */
const OF_THE_CLUSTER = ['configmap/kube-root-ca.crt', 'serviceaccount/default'];

export const uninstall: Scenario = {
  name: 'uninstall',
  promise: 'helm uninstall takes what it brought, and what it leaves behind has a name and a reason',
  async run({ kube, say }) {
    const said = await kube.helm(['uninstall', kube.release, '--wait', '--timeout', '3m']);
    if (!said.ok) throw new Error(said.text);
    say(`helm uninstall: ${said.seconds.toFixed(0)} s`);
    const left = (await kube.kubectl(['get', KINDS, '-o', 'name'])).split('\n').filter((name) => name !== '');
    const ours = left.filter((name) => !OF_THE_CLUSTER.includes(name) && !name.startsWith('event'));
    say(`left behind: ${ours.length === 0 ? 'nothing' : ours.join(', ')}`);
    const unexpected = ours.filter((name) => !/^(persistentvolumeclaim|secret)\//.test(name));
    if (unexpected.length > 0) throw new Error(`these should have gone: ${unexpected.join(', ')}`);
  },
};
