import { expectNoFailure, underLoad } from '../load.ts';
import type { Bench, Scenario } from '../scenario.ts';
import { inWords } from '../tally.ts';
import { waitUntilReady } from '../wait.ts';

export const upgrade: Scenario = {
  name: 'upgrade',
  promise: 'helm upgrade to another image tag, and helm rollback, under load: nobody notices',
  async run(bench) {
    const { kube, chart, tags, say } = bench;
    const secrets = await secretsOf(bench);
    await step(bench, `helm upgrade to ${tags.second}`, ['upgrade', kube.release, ...chart(tags.second)]);
    await expectImages(bench, tags.second);
    await step(bench, 'helm rollback', ['rollback', kube.release]);
    await expectImages(bench, tags.first);
    const changed = Object.entries(await secretsOf(bench)).filter(
      ([name, version]) => secrets[name] !== version,
    );
    if (changed.length > 0)
      throw new Error(`secrets were changed: ${changed.map(([name]) => name).join(', ')}`);
    say(`${Object.keys(secrets).length} secrets are what they were`);
  },
};

async function step({ kube, people, jobsImage, say }: Bench, what: string, args: string[]): Promise<void> {
  const tally = await underLoad(kube, await people(), jobsImage, async () => {
    const said = await kube.helm([...args, '--wait', '--timeout', '5m']);
    if (!said.ok) throw new Error(said.text);
    await waitUntilReady(kube);
    say(`${what}: ${said.seconds.toFixed(0)} s`);
  });
  say(`  ${inWords(tally)}`);
  expectNoFailure(tally);
}

/** The version of each secret of the release's own. */
async function secretsOf({ kube }: Bench): Promise<Record<string, string>> {
  const { items } = await kube.get(['secrets', '--field-selector', 'type!=helm.sh/release.v1']);
  return Object.fromEntries(
    items.map(({ metadata }: { metadata: { name: string; resourceVersion: string } }) => [
      metadata.name,
      metadata.resourceVersion,
    ]),
  );
}

async function expectImages({ kube }: Bench, tag: string): Promise<void> {
  const { items } = await kube.get(['deployments', '-l', kube.selector]);
  const images: string[] = items.flatMap(
    (item: { spec: { template: { spec: { containers: { image: string }[] } } } }) =>
      item.spec.template.spec.containers.map(({ image }) => image),
  );
  const others = images.filter((image) => image.includes('/guichet-') && !image.endsWith(`:${tag}`));
  if (others.length > 0) throw new Error(`not at ${tag}: ${others.join(', ')}`);
}
