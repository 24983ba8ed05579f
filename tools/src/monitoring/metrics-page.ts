import { join } from 'node:path';
import { PROJECT } from '../project.ts';
import type { Family } from './scrape.ts';

export const METRICS_PAGE = join(PROJECT, 'docs', 'operations', 'metrics.md');

/** Labels whose values depend on the requests or on the release. */
const OPEN_LABELS = new Set(['method', 'route', 'status', 'version', 'revision']);
/** On every series, or added by Prometheus. */
const IMPLICIT_LABELS = new Set(['bank', 'service', 'le', 'quantile']);
const OWN = /^(guichet_|http_)/;

/** The page of all metrics, from a scrape of all processes. */
export function metricsPage(families: ReadonlyMap<string, Family>): string {
  const sorted = [...families.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const own = sorted.filter(({ name }) => OWN.test(name));
  const others = sorted.filter(({ name }) => !OWN.test(name));
  return `# Metrics

<!-- Made by \`npm run metrics\` from a scrape of a running bank; \`npm test\` compares it with one. -->

Every process serves these on \`/metrics\` of its admin port (9100). All of them carry the labels \`service\` and \`bank\` (\`BANK_LABEL\`: in a
cluster \`<namespace>/<release>\`). A label has the values listed here and no others; those of \`route\` are templates (\`/api/accounts/:id\`),
\`(edge to accounts)\` for requests that the frontend proxies, and \`(none)\` for paths without a route. Counters start at 0.

What is counted or measured in the database (waiting operations, the outbox, reconciliation, the chain, the consumers' lag) is the same on
every replica: take the maximum, never the sum.

| metric | type | labels | of | what |
|---|---|---|---|---|
${own.map(row).join('\n')}

## Of the process

From [prom-client](https://github.com/siimon/prom-client), under the names that the ecosystem's dashboards know:
${others.map(({ name }) => `\`${name}\``).join(', ')}.
`;
}

function row({ name, type, help, services, labels }: Family): string {
  const of = services.size === 0 ? '–' : [...services].sort().join(' ');
  return `| \`${name}\` | ${type} | ${labelsCell(labels)} | ${of} | ${help.replaceAll('|', '\\|')} |`;
}

function labelsCell(labels: Family['labels']): string {
  return [...labels]
    .filter(([label]) => !IMPLICIT_LABELS.has(label))
    .map(([label, values]) =>
      OPEN_LABELS.has(label) ? `\`${label}\`` : `\`${label}\`: ${[...values].sort().join(' ')}`,
    )
    .join(' · ');
}

export interface ListedMetric {
  name: string;
  type: string;
  /** Its labels, with their values if those are a closed set. */
  labels: Map<string, readonly string[] | null>;
}

/** Parses the metrics in the page. */
export function readMetricsPage(page: string): ListedMetric[] {
  const own = [...page.matchAll(/^\| `(\w+)` \| (\w+) \| ([^|]*) \|/gm)].map(
    ([, name = '', type = '', labels = '']) => ({ name, type, labels: readLabelsCell(labels) }),
  );
  const process = page.slice(page.indexOf('## Of the process'));
  const others = [...process.matchAll(/`(\w+)`/g)].map(([, name = '']) => ({
    name,
    type: 'unknown',
    labels: new Map<string, null>(),
  }));
  return [...own, ...others];
}

function readLabelsCell(cell: string): Map<string, readonly string[] | null> {
  const parts = cell.split(' · ').flatMap((part) => {
    const [, label, values] = /^`(\w+)`(?:: (.+))?$/.exec(part.trim()) ?? [];
    return label === undefined ? [] : [[label, values?.split(' ') ?? null] as const];
  });
  return new Map(parts);
}
