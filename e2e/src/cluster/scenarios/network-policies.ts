import type { Kube } from '../kube.ts';
import { runToEnd } from '../pod.ts';
import type { Scenario } from '../scenario.ts';

/** Connections that no service needs. */
const FORBIDDEN = [
  ['frontend', 'mysql', 3306],
  ['mailer', 'mysql', 3306],
  ['mailer', 'accounts', 8443],
  ['logging', 'accounts', 8443],
] as const;

export const networkPolicies: Scenario = {
  name: 'network-policies',
  expectation: 'other pods can reach only the pages, and each service only what it needs',
  async run({ kube, jobsImage, say }) {
    const inner = await innerPorts(kube);
    const pages = await pagesOf(kube);
    const text = await runToEnd(kube, {
      name: 'guichet-test-outsider',
      image: jobsImage,
      script: 'reach.ts',
      args: [pages, ...inner],
    });
    const reached = JSON.parse(text) as Record<string, boolean>;
    if (!reached[pages]) throw new Error(`the other pod cannot reach ${pages}`);
    const open = inner.filter((target) => reached[target]);
    if (open.length === inner.length)
      throw new Error('every port is open: this cluster does not enforce network policies');
    if (open.length > 0) throw new Error(`open to other pods: ${open.join(', ')}`);
    say(`another pod can reach ${pages}, and none of ${inner.join(', ')}`);
    for (const [component, other, port] of FORBIDDEN) {
      const target = inner.find((one) => one.endsWith(`-${other}:${port}`));
      if (target === undefined) continue;
      if (await reaches(kube, component, target)) throw new Error(`${component} can reach ${target}`);
      say(`${component} cannot reach ${target}`);
    }
  },
};

async function pagesOf(kube: Kube): Promise<string> {
  const { items } = await kube.get([
    'services',
    '-l',
    `${kube.selector},app.kubernetes.io/component=frontend`,
  ]);
  return `${items[0].metadata.name}:8080`;
}

/** Every port of every other service, and the admin port of a pod of each. */
async function innerPorts(kube: Kube): Promise<string[]> {
  const services = await kube.get(['services', '-l', kube.selector]);
  const targets: string[] = services.items.flatMap(
    ({
      metadata,
      spec,
    }: {
      metadata: { name: string; labels: Record<string, string> };
      spec: { ports: { port: number }[] };
    }) =>
      metadata.labels['app.kubernetes.io/component'] === 'frontend'
        ? []
        : spec.ports.map(({ port }) => `${metadata.name}:${port}`),
  );
  const pods = await kube.get([
    'pods',
    '-l',
    `${kube.selector},app.kubernetes.io/component in (auth,frontend)`,
  ]);
  const admin: string[] = pods.items.map(
    ({ status }: { status: { podIP: string } }) => `${status.podIP}:9100`,
  );
  return [...new Set([...targets, ...admin.slice(0, 2)])];
}

async function reaches(kube: Kube, component: string, target: string): Promise<boolean> {
  const [pod] = await kube.pods(component);
  const [host, port] = target.split(':');
  const script = `const s=require('net').connect({host:'${host}',port:${port},timeout:3000});
    const end=(is)=>{console.log(is);process.exit(0)};s.on('connect',()=>end(true));s.on('timeout',()=>end(false));s.on('error',()=>end(false))`;
  const output = await kube.kubectl(['exec', pod?.name ?? '', '--', 'node', '-e', script]);
  return output.trim() === 'true';
}
