import { readFile } from 'node:fs/promises';
import { METRICS_PAGE, readMetricsPage } from './metrics-page.ts';
import { groupingLabelsOf, selectorsOf } from './promql.ts';
import { seriesOf } from './scrape.ts';

const VOLUME = ['namespace', 'persistentvolumeclaim'];

/** The series of kube-state-metrics and of the kubelets that the rules use. */
const KUBERNETES: Readonly<Record<string, readonly string[]>> = {
  kube_pod_container_status_waiting_reason: ['namespace', 'pod', 'container', 'reason'],
  kube_pod_container_status_restarts_total: ['namespace', 'pod', 'container'],
  kube_pod_status_ready: ['namespace', 'pod', 'condition'],
  kube_pod_status_phase: ['namespace', 'pod', 'phase'],
  kubelet_volume_stats_available_bytes: VOLUME,
  kubelet_volume_stats_capacity_bytes: VOLUME,
  kubelet_volume_stats_inodes: VOLUME,
  kubelet_volume_stats_inodes_free: VOLUME,
  kube_cronjob_status_last_successful_time: ['namespace', 'cronjob'],
};

/** The labels of each series, with their values if those are a closed set. */
export type KnownSeries = ReadonlyMap<string, ReadonlyMap<string, readonly string[] | null>>;

/** Every series of a bank, from the page of metrics, and those of Kubernetes. */
export async function knownSeries(): Promise<KnownSeries> {
  const known = new Map<string, Map<string, readonly string[] | null>>();
  for (const metric of readMetricsPage(await readFile(METRICS_PAGE, 'utf8'))) {
    const labels = new Map<string, readonly string[] | null>([
      ...metric.labels,
      ['bank', null],
      ['service', null],
    ]);
    for (const series of seriesOf(metric)) {
      known.set(series, series.endsWith('_bucket') ? new Map([...labels, ['le', null]]) : labels);
    }
  }
  for (const [series, labels] of Object.entries(KUBERNETES)) {
    known.set(series, new Map(labels.map((label) => [label, null])));
  }
  return known;
}

/** The metrics, labels and values in an expression that do not exist. */
export function unknownTo(
  known: KnownSeries,
  expression: string,
  recorded: ReadonlySet<string> = new Set(),
): string[] {
  const faults: string[] = [];
  const labelsSeen = new Set<string>();
  for (const { metric, matchers } of selectorsOf(expression)) {
    if (recorded.has(metric)) {
      for (const label of ['bank', 'service']) labelsSeen.add(label);
      continue;
    }
    const labels = known.get(metric);
    if (labels === undefined) {
      faults.push(`no metric ${metric}`);
      continue;
    }
    for (const label of labels.keys()) labelsSeen.add(label);
    for (const { label, operator, value } of matchers) {
      const values = labels.get(label);
      if (values === undefined) faults.push(`${metric} has no label ${label}`);
      else if (values !== null)
        faults.push(
          ...missingValues(values, operator, value).map((one) => `${metric} never has ${label}="${one}"`),
        );
    }
  }
  for (const label of groupingLabelsOf(expression)) {
    if (!labelsSeen.has(label) && label !== 'le') faults.push(`nothing in it has the label ${label}`);
  }
  return faults;
}

function missingValues(values: readonly string[], operator: string, asked: string): string[] {
  if (asked.startsWith('$')) return [];
  const alternatives = operator.includes('~') ? asked.split('|') : [asked];
  return alternatives.filter((one) => !values.some((value) => new RegExp(`^(?:${one})$`).test(value)));
}
