import { Kube } from '../kube.ts';
import { expectNoFailure, underLoad } from '../load.ts';
import { createLoadUsers, type LoadUsers } from '../load-users.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';
import { summaryOf } from '../tally.ts';
import { waitUntilReady } from '../wait.ts';

const READY = ['--wait', '--timeout', '5m'];

export const upgrade: Scenario = {
  name: 'upgrade',
  expectation:
    'helm upgrade to images with a migration in each schema, and helm rollback, under load: no request fails',
  async run(context) {
    const { kube, chart, tags, say } = context;
    const secrets = await secretsOf(context);
    const users = await context.users();
    await step(context, kube, users, ['upgrade', kube.release, ...chart(tags.second)]);
    await expectImages(kube, tags.second);
    await step(context, kube, users, ['rollback', kube.release]);
    await expectImages(kube, tags.first);
    const changed = Object.entries(await secretsOf(context)).filter(
      ([name, version]) => secrets[name] !== version,
    );
    if (changed.length > 0)
      throw new Error(`secrets were changed: ${changed.map(([name]) => name).join(', ')}`);
    say(`${Object.keys(secrets).length} secrets are unchanged`);
  },
};

export const previous: Scenario = {
  name: 'previous',
  expectation:
    'a bank of an earlier commit, upgraded under load to this chart and images with a migration in each schema, rolled back, and upgraded again: no request fails',
  async run(context) {
    const { chart, previousChart, tags, say } = context;
    const kube = new Kube(context.kube.context, `${context.kube.namespace}-previous`, context.kube.release);
    await kube.createNamespace();
    try {
      const installed = await kube.helm(['install', kube.release, ...previousChart(), ...READY]);
      if (!installed.ok) throw new Error(installed.text);
      say(`helm install of ${context.options.from}: ${installed.seconds.toFixed(0)} s`);
      const users = await createLoadUsers(kube);
      const toThis = ['upgrade', kube.release, ...chart(tags.second), '--reset-then-reuse-values'];
      await step(context, kube, users, toThis);
      await expectImages(kube, tags.second);
      await step(context, kube, users, ['rollback', kube.release]);
      await expectImages(kube, tags.previous);
      await step(context, kube, users, toThis);
      await expectImages(kube, tags.second);
    } finally {
      if (!context.options.keep) await kube.kubectl(['delete', 'namespace', kube.namespace, '--wait=true']);
    }
  },
};

/** @throws Error if helm or a request fails */
async function step(
  { jobsImage, say }: ScenarioContext,
  kube: Kube,
  users: LoadUsers,
  args: readonly string[],
): Promise<void> {
  const tally = await underLoad(kube, users, jobsImage, async () => {
    const result = await kube.helm([...args, ...READY]);
    if (!result.ok) throw new Error(result.text);
    await waitUntilReady(kube);
    say(`helm ${args[0]}: ${result.seconds.toFixed(0)} s`);
  });
  say(`  ${summaryOf(tally)}`);
  expectNoFailure(tally);
}

/** The resource version of each secret, except those of helm. */
async function secretsOf({ kube }: ScenarioContext): Promise<Record<string, string>> {
  const { items } = await kube.get(['secrets', '--field-selector', 'type!=helm.sh/release.v1']);
  return Object.fromEntries(
    items.map(({ metadata }: { metadata: { name: string; resourceVersion: string } }) => [
      metadata.name,
      metadata.resourceVersion,
    ]),
  );
}

async function expectImages(kube: Kube, tag: string): Promise<void> {
  const { items } = await kube.get(['deployments', '-l', kube.selector]);
  const images: string[] = items.flatMap(
    (item: { spec: { template: { spec: { containers: { image: string }[] } } } }) =>
      item.spec.template.spec.containers.map(({ image }) => image),
  );
  const others = images.filter((image) => image.includes('/guichet-') && !image.endsWith(`:${tag}`));
  if (others.length > 0) throw new Error(`not at ${tag}: ${others.join(', ')}`);
}
