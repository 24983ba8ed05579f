import { setTimeout as sleep } from 'node:timers/promises';
import type { Kube, KubeObject } from '../kube.ts';
import { withPortForwardTo } from '../port-forward.ts';
import type { Scenario } from '../scenario.ts';
import { waitUntilReady } from '../wait.ts';

const EVALUATED_WITHIN_MS = 180_000;
/** Rules that are evaluated less often aren't waited for: their queries are asked instead. */
const OFTEN_SECONDS = 120;

export const monitoring: Scenario = {
  name: 'monitoring',
  expectation:
    "the bundled Prometheus reads every service and exporter and evaluates every rule, and the dashboards' queries are answered",
  async run({ kube, chart, tags, say }) {
    const settings = ['monitoring.prometheus', 'monitoring.dashboards', 'mysql.exporter', 'nats.exporter'];
    const enabled = settings.flatMap((name) => ['--set', `${name}.enabled=true`]);
    const ready = ['--wait', '--timeout', '5m'];
    const upgraded = await kube.helm(['upgrade', kube.release, ...chart(tags.first), ...enabled, ...ready]);
    if (!upgraded.ok) throw new Error(upgraded.text);
    try {
      await waitUntilReady(kube);
      const [pod] = await kube.pods('prometheus');
      const queries = await dashboardQueries(kube, say);
      await withPortForwardTo(kube, `pod/${pod?.name}`, 9090, async (origin) => {
        say(await targetsUp(origin));
        say(await rulesEvaluated(origin));
        const empty = await emptyAnswers(origin, queries);
        say(`${queries.length} queries of dashboards answered, ${empty.length} of them with no series yet`);
      });
    } finally {
      await kube.helm(['upgrade', kube.release, ...chart(tags.first), ...ready]);
    }
  },
};

async function ask(origin: string, path: string): Promise<KubeObject> {
  const reply = await fetch(`${origin}/api/v1/${path}`);
  const body = (await reply.json()) as { status: string; error?: string; data: unknown };
  if (body.status !== 'success') throw new Error(`${decodeURIComponent(path)}: ${body.error}`);
  return body.data;
}

/** Waits until every target was read. @throws Error that names those that could not be */
async function targetsUp(origin: string): Promise<string> {
  const end = Date.now() + EVALUATED_WITHIN_MS;
  for (;;) {
    const { activeTargets } = await ask(origin, 'targets?state=active');
    const down = activeTargets.filter(({ health }: KubeObject) => health !== 'up');
    const jobs = [...new Set(activeTargets.map(({ labels }: KubeObject) => labels.job))].sort();
    if (activeTargets.length > 0 && down.length === 0)
      return `${activeTargets.length} targets up, of ${jobs.join(', ')}`;
    if (Date.now() > end)
      throw new Error(
        `not up: ${down.map(({ scrapeUrl, lastError }: KubeObject) => `${scrapeUrl} ${lastError}`).join('; ')}`,
      );
    await sleep(1_000);
  }
}

/** Waits until every rule was evaluated. @throws Error that names those that could not be */
async function rulesEvaluated(origin: string): Promise<string> {
  const end = Date.now() + EVALUATED_WITHIN_MS;
  for (;;) {
    const { groups } = await ask(origin, 'rules');
    const rules: KubeObject[] = groups.flatMap(({ rules: own }: KubeObject) => own);
    const failed = rules.filter(({ health }) => health === 'err');
    if (failed.length > 0)
      throw new Error(failed.map(({ name, lastError }) => `${name}: ${lastError}`).join('\n'));
    const seldom: KubeObject[] = groups
      .filter(({ interval }: KubeObject) => interval > OFTEN_SECONDS)
      .flatMap(({ rules: own }: KubeObject) => own);
    const awaited = rules.filter((rule) => !seldom.includes(rule));
    if (awaited.length > 0 && awaited.every(({ health }) => health === 'ok')) {
      for (const { query } of seldom) await ask(origin, `query?query=${encodeURIComponent(query)}`);
      const alerts = rules.filter(({ type }) => type === 'alerting');
      const firing = alerts.filter(({ state }) => state === 'firing').map(({ name }) => name);
      return `${rules.length} rules evaluated, ${alerts.length} of them alerts; firing: ${firing.join(', ') || 'none'}`;
    }
    if (Date.now() > end) throw new Error('not every rule was evaluated');
    await sleep(1_000);
  }
}

/** The queries of the dashboards in the config maps, with this bank as the selected one. */
async function dashboardQueries(kube: Kube, say: (text: string) => void): Promise<string[]> {
  const { items } = await kube.get(['configmaps', '-l', `${kube.selector},grafana_dashboard`]);
  const dashboards = items.flatMap(({ data }: KubeObject) =>
    Object.values(data as Record<string, string>).map((text) => JSON.parse(text)),
  );
  say(`dashboards: ${dashboards.map(({ title }: KubeObject) => title).join(', ')}`);
  const expressions: string[] = dashboards.flatMap(({ panels }: KubeObject) =>
    panels.flatMap(({ targets = [] }: KubeObject) => targets.map(({ expr }: KubeObject) => expr)),
  );
  return expressions.map((expression) =>
    expression
      .replaceAll('$__rate_interval', '5m')
      .replaceAll('$bank', `${kube.namespace}/${kube.release}`)
      .replaceAll(/\$\w+/g, '.*'),
  );
}

/** @throws Error for a query that Prometheus refuses. @returns those with no series */
async function emptyAnswers(origin: string, queries: readonly string[]): Promise<string[]> {
  const empty: string[] = [];
  for (const query of queries) {
    const { result } = await ask(origin, `query?query=${encodeURIComponent(query)}`);
    if (result.length === 0) empty.push(query);
  }
  return empty;
}
