import { expectNoFailure, underLoad } from '../load.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';
import { summaryOf } from '../tally.ts';
import { waitUntilReady } from '../wait.ts';

export const upgrade: Scenario = {
  name: 'upgrade',
  expectation: 'helm upgrade to another image tag and helm rollback under load: no request fails',
  async run(context) {
    const { kube, chart, tags, say } = context;
    const secrets = await secretsOf(context);
    await step(context, `helm upgrade to ${tags.second}`, ['upgrade', kube.release, ...chart(tags.second)]);
    await expectImages(context, tags.second);
    await step(context, 'helm rollback', ['rollback', kube.release]);
    await expectImages(context, tags.first);
    const changed = Object.entries(await secretsOf(context)).filter(
      ([name, version]) => secrets[name] !== version,
    );
    if (changed.length > 0)
      throw new Error(`secrets were changed: ${changed.map(([name]) => name).join(', ')}`);
    say(`${Object.keys(secrets).length} secrets are unchanged`);
  },
};

async function step(
  { kube, users, jobsImage, say }: ScenarioContext,
  what: string,
  args: string[],
): Promise<void> {
  const tally = await underLoad(kube, await users(), jobsImage, async () => {
    const result = await kube.helm([...args, '--wait', '--timeout', '5m']);
    if (!result.ok) throw new Error(result.text);
    await waitUntilReady(kube);
    say(`${what}: ${result.seconds.toFixed(0)} s`);
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

async function expectImages({ kube }: ScenarioContext, tag: string): Promise<void> {
  const { items } = await kube.get(['deployments', '-l', kube.selector]);
  const images: string[] = items.flatMap(
    (item: { spec: { template: { spec: { containers: { image: string }[] } } } }) =>
      item.spec.template.spec.containers.map(({ image }) => image),
  );
  const others = images.filter((image) => image.includes('/guichet-') && !image.endsWith(`:${tag}`));
  if (others.length > 0) throw new Error(`not at ${tag}: ${others.join(', ')}`);
}
