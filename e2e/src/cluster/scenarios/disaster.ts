import { setTimeout as sleep } from 'node:timers/promises';
import { newKeyPair, openManifest } from '@guichet/jobs/backup/seal';
import { Kube } from '../kube.ts';
import { readState } from '../load-users.ts';
import { superuserOf, withPortForward } from '../port-forward.ts';
import type { Scenario } from '../scenario.ts';
import { waitUntilReady } from '../wait.ts';

/** Reads a file of the backups' volume; base64, because it goes through the log of kubectl. */
const reader = (image: string, claim: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'guichet-test-backups', labels: { 'app.kubernetes.io/name': 'guichet-cluster-test' } },
  spec: {
    restartPolicy: 'Never',
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 999,
      fsGroup: 999,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    volumes: [{ name: 'backups', persistentVolumeClaim: { claimName: claim } }],
    containers: [
      {
        name: 'main',
        image,
        command: ['node', '-e', 'setInterval(() => {}, 1000)'],
        volumeMounts: [{ name: 'backups', mountPath: '/backups' }],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  },
});

export const disaster: Scenario = {
  name: 'disaster',
  expectation:
    'a bank in a new namespace, from a dump and its sealed secrets only: people sign in, and the books add up',
  async run({ kube, users, chart, tags, jobsImage, say }) {
    const load = await users();
    const before = await readState(kube, load);
    const { identity, recipient } = await newKeyPair();
    const backup = ['--set', 'backup.enabled=true', '--set', `backup.recipients[0]=${recipient}`];
    const values = [...chart(tags.first), ...backup];
    const ready = ['--wait', '--timeout', '5m'];
    const must = async (at: Kube, args: string[]) => {
      const result = await at.helm(args);
      if (!result.ok) throw new Error(result.text);
    };
    await must(kube, ['upgrade', kube.release, ...values, ...ready]);
    const selector = `${kube.selector},app.kubernetes.io/component=backup`;
    await kube.kubectl(['wait', '--for=condition=complete', '--timeout=5m', 'job', '-l', selector]);
    const { items: claims } = await kube.get(['pvc', '-l', selector]);
    await kube.apply(reader(jobsImage, claims[0].metadata.name));
    await kube.kubectl(['wait', '--for=condition=ready', '--timeout=2m', 'pod/guichet-test-backups']);
    const shell = (at: Kube, command: string, input?: string) =>
      at.kubectl(['exec', '-i', 'guichet-test-backups', '--', 'sh', '-c', command], input);
    const dump = (await shell(kube, 'cd /backups && ls guichet-*.sql.gz | tail -1')).trim();
    const read = async (name: string) =>
      Buffer.from(await shell(kube, `base64 -w0 /backups/${name}`), 'base64');
    const content = await read(dump);
    const manifest = await openManifest(await read(dump.replace('.sql.gz', '.secrets.age')), identity);
    await kube.kubectl(['delete', 'pod', 'guichet-test-backups', '--wait=true']);

    const other = new Kube(kube.context, `${kube.namespace}-rebuilt`, kube.release);
    await other.createNamespace();
    try {
      await other.apply(manifest);
      await must(other, ['install', other.release, ...values, ...ready]);
      const restore = [
        '--set',
        'restore.enabled=true',
        '--set',
        'restore.receive=true',
        '--set',
        `restore.file=${dump}`,
      ];
      await must(other, ['upgrade', other.release, ...values, ...restore]);
      const restoring = `${other.selector},app.kubernetes.io/component=restore`;
      const receiving = await waitForReceiver(other, restoring);
      const write = `base64 -d > /backups/part && mv /backups/part /backups/${dump}`;
      await other.kubectl(
        ['exec', '-i', receiving, '-c', 'receive', '--', 'sh', '-c', write],
        content.toString('base64'),
      );
      await other.kubectl(['wait', '--for=condition=complete', '--timeout=10m', 'job', '-l', restoring]);
      await must(other, ['upgrade', other.release, ...values, ...ready]);
      await waitUntilReady(other);
      const workloads = await other.workloads();
      await other.kubectl([
        'exec',
        workloads.get('auth') ?? '',
        '-c',
        'auth',
        '--',
        'guichet-admin',
        'republish-users',
      ]);
      const after = await readState(other, load);
      if (after.balanceMinor !== before.balanceMinor || after.depositsInLog !== before.depositsInLog)
        throw new Error(`${JSON.stringify(after)} instead of ${JSON.stringify(before)}`);
      if (!after.isReconciled || !after.isChainIntact)
        throw new Error(`the books don't add up: ${JSON.stringify(after)}`);
      const superuser = await superuserOf(other);
      await withPortForward(other, async (origin) => {
        const reply = await fetch(`${origin}/api/auth/login`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(superuser),
        });
        if (!reply.ok) throw new Error(`the superuser can't sign in: ${reply.status}`);
      });
      say(
        `${dump}: ${content.length} bytes; ${manifest.items.length} secrets; the books add up, and people sign in`,
      );
    } finally {
      await other.kubectl(['delete', 'namespace', other.namespace, '--wait=false']);
    }
  },
};

/** Waits until the container that receives the dump runs. @returns the name of its pod */
async function waitForReceiver(kube: Kube, selector: string): Promise<string> {
  const end = Date.now() + 180_000;
  for (;;) {
    const { items } = await kube.get(['pods', '-l', selector]);
    const name: string | undefined = items[0]?.metadata.name;
    if (name !== undefined) {
      const answer = await kube
        .kubectl(['exec', name, '-c', 'receive', '--', 'true'])
        .catch((error) => error);
      if (!(answer instanceof Error)) return name;
      if (Date.now() > end) throw answer;
    }
    if (Date.now() > end) throw new Error('the job of the restore has no pod');
    await sleep(1_000);
  }
}
