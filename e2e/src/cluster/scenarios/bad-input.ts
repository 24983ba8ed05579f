import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario, ScenarioContext } from '../scenario.ts';
import { rollOut } from '../wait.ts';

const REPORTED_WITHIN_MS = 90_000;

export const badInput: Scenario = {
  name: 'bad-input',
  expectation:
    'a misspelt value, an old cluster, a missing secret and a wrong password each give a clear error',
  async run(context) {
    const { kube, chart, tags, say } = context;
    const misspelt = await kube.helm([
      'upgrade',
      kube.release,
      ...chart(tags.first),
      '--set',
      'logLevl=debug',
    ]);
    if (misspelt.ok || !misspelt.text.includes('logLevl'))
      throw new Error(`a misspelt value: ${misspelt.text}`);
    say(`a misspelt value, after ${misspelt.seconds.toFixed(1)} s: ${errorOf(misspelt.text)}`);
    const old = await kube.helm(['template', kube.release, ...chart(tags.first), '--kube-version', '1.25.0']);
    if (old.ok || !old.text.includes('1.25')) throw new Error(`an unsupported Kubernetes: ${old.text}`);
    say(`Kubernetes 1.25, after ${old.seconds.toFixed(1)} s: ${errorOf(old.text)}`);
    await missingSecret(context);
    await wrongPassword(context);
  },
};

async function missingSecret({ kube, chart, tags, say }: ScenarioContext): Promise<void> {
  const setting = ['--set', 'frontend.existingSecrets.session=missing-secret'];
  const began = Date.now();
  const result = await kube.helm(['upgrade', kube.release, ...chart(tags.first), ...setting]);
  if (!result.ok) throw new Error(result.text);
  let back = { ok: false, text: '' };
  try {
    const event = await waitForText(async () => {
      const { items } = await kube.get(['events']);
      return items
        .map(({ message }: { message: string }) => message)
        .find((one: string) => one?.includes('missing-secret'));
    });
    say(`a missing secret, after ${seconds(began)} s, as an event of the pod: ${event}`);
    const ready = (await kube.pods('frontend')).filter(({ isReady }) => isReady).length;
    say(`  meanwhile, ${ready} frontend pods of the previous release keep running`);
  } finally {
    back = await kube.helm(['rollback', kube.release, '--wait', '--timeout', '3m']);
  }
  if (!back.ok) throw new Error(back.text);
}

async function wrongPassword({ kube, say }: ScenarioContext): Promise<void> {
  const { items } = await kube.get(['secrets']);
  const secret = items.find(({ metadata }: { metadata: { name: string } }) =>
    metadata.name.endsWith('-logging-database'),
  );
  if (secret === undefined) return say('the password of the database is not part of this release');
  const right = secret.data.password as string;
  const set = (value: string): Promise<string> =>
    kube.kubectl([
      'patch',
      'secret',
      secret.metadata.name,
      '-p',
      JSON.stringify({ data: { password: value } }),
    ]);
  const workload = (await kube.workloads()).get('logging') ?? '';
  await set(Buffer.from('a wrong password').toString('base64'));
  const began = Date.now();
  try {
    await kube.kubectl(['rollout', 'restart', workload]);
    const line = await waitForText(async () => {
      for (const { name } of await kube.pods('logging')) {
        const text = await kube.kubectl(['logs', name, '--all-containers']).catch(() => '');
        const found = text.split('\n').find((one) => one.includes('are refused by the server'));
        if (found !== undefined) return (JSON.parse(found) as { msg: string }).msg;
      }
      return undefined;
    });
    say(`a wrong password, after ${seconds(began)} s, in the log: ${line.replace(/\s+/g, ' ')}`);
  } finally {
    await set(right);
    await kube.kubectl(['rollout', 'undo', workload]);
    await rollOut(kube, workload);
  }
}

async function waitForText(find: () => Promise<string | undefined>): Promise<string> {
  const end = Date.now() + REPORTED_WITHIN_MS;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`no error was reported within ${REPORTED_WITHIN_MS / 1000} s`);
    await sleep(500);
  }
}

/** The error message of helm in one line. */
function errorOf(text: string): string {
  const [, words = text] = /^Error: (.*)/ms.exec(text) ?? [];
  return words
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('Use --debug'))
    .join(' ');
}

function seconds(since: number): string {
  return ((Date.now() - since) / 1000).toFixed(0);
}
