import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { parse } from 'yaml';
import { CHART } from '../charts/generated-files.ts';
import { PROJECT } from '../project.ts';
import { knownSeries, unknownTo } from './known-metrics.ts';
import { selectorsOf } from './promql.ts';
import { OBJECTIVES, WINDOWS_SECONDS } from './service-levels/objectives.ts';
import { RUNBOOKS, type Rule, ratioOf } from './service-levels/rules.ts';

const RULES = join(CHART, 'charts', 'monitoring', 'rules');
const RULE_TESTS = join(import.meta.dirname, 'rule-tests');
const RUNBOOK_PAGES = join(PROJECT, 'docs', 'operations');

const ruleFiles = (await readdir(RULES)).map((name) => join(RULES, name));
const ruleTestFiles = (await readdir(RULE_TESTS)).filter((name) => name.endsWith('.yaml'));
const rules: Rule[] = [];
for (const file of ruleFiles) {
  const { groups } = parse(await readFile(file, 'utf8')) as { groups: { rules: Rule[] }[] };
  rules.push(...groups.flatMap((group) => group.rules));
}
const alerts = rules.filter(({ alert }) => alert !== undefined);
const recorded = new Set(rules.flatMap(({ record }) => record ?? []));

function promtool(...args: string[]) {
  return execa(process.env.TEST_PROMTOOL ?? 'promtool', args, { reject: false, all: true });
}

test('the rules are valid', async (t) => {
  const { exitCode, all } = await promtool('check', 'rules', '--lint-fatal', ...ruleFiles);
  t.is(exitCode, 0, all);
});

for (const file of ruleTestFiles) {
  test(`rule tests of ${file.replace('.yaml', '').replace('-', ' ')}`, async (t) => {
    t.timeout(360_000);
    const { exitCode, all } = await promtool('test', 'rules', join(RULE_TESTS, file));
    t.is(exitCode, 0, all);
  });
}

test('each alert fires in a rule test', async (t) => {
  const ruleTests = await Promise.all(ruleTestFiles.map((file) => readFile(join(RULE_TESTS, file), 'utf8')));
  for (const { alert, labels } of alerts) {
    const fires = new RegExp(
      `labels: 'ALERTS\\{alertname="${alert}",alertstate="firing"[^}]*severity="${labels?.severity}"`,
    );
    t.true(
      ruleTests.some((text) => fires.test(text)),
      `${alert} ${labels?.severity}`,
    );
  }
});

test('the rules use only existing metrics, labels and values', async (t) => {
  const known = await knownSeries();
  for (const { record, alert, expr } of rules)
    t.deepEqual(unknownTo(known, expr, recorded), [], record ?? alert);
});

test('every selector of a rule can be restricted to one bank', (t) => {
  for (const { record, alert, expr } of rules) {
    for (const { metric, matchers } of selectorsOf(expr)) {
      // It is joined with a selector that is restricted already.
      if (metric === 'kube_pod_status_phase') continue;
      const label = /^kube(let)?_/.test(metric) ? 'namespace' : 'bank';
      const narrowing = { label, operator: '=~', value: '.*' };
      t.true(
        matchers.some((matcher) => JSON.stringify(matcher) === JSON.stringify(narrowing)),
        `${record ?? alert}: ${metric}`,
      );
    }
  }
});

test('every objective has a ratio for each window, and an alert for both speeds of burn', (t) => {
  for (const objective of OBJECTIVES) {
    for (const window of WINDOWS_SECONDS) t.true(recorded.has(ratioOf(objective, window)), objective.series);
    const severities = alerts
      .filter(({ alert }) => alert === objective.alert.name)
      .map(({ labels }) => labels?.severity);
    t.deepEqual(new Set(severities), new Set([objective.alert.fast, objective.alert.slow]));
  }
});

test('each alert has a severity, a description, and a link to a runbook', async (t) => {
  const pages = new Set(await readdir(RUNBOOK_PAGES));
  const index = await readFile(join(RUNBOOK_PAGES, 'README.md'), 'utf8');
  const used = new Set<string>();
  for (const { alert, labels, annotations } of alerts) {
    t.true(['critical', 'warning'].includes(labels?.severity ?? ''), alert);
    t.true((annotations?.summary?.length ?? 0) > 10, alert);
    t.true((annotations?.description?.length ?? 0) > 10, alert);
    const url = annotations?.runbook_url ?? '';
    t.true(url.startsWith(RUNBOOKS), alert);
    const page = url.slice(RUNBOOKS.length);
    t.true(pages.has(page), `${alert}: docs/operations/${page}`);
    t.true(index.includes(`](${page})`), `the operator's page leads to ${page}`);
    const text = await readFile(join(RUNBOOK_PAGES, page), 'utf8');
    t.true(text.includes(`\`${alert}\``), `${page} names ${alert}`);
    for (const section of ['## What it means', '## What to look at', '## What to do']) {
      t.true(text.includes(`\n${section}\n`), `${page}: ${section}`);
    }
    used.add(page);
  }
  const others = [
    'README.md',
    'alert-drill.md',
    'disaster.md',
    'cluster-test.md',
    'database-cluster.md',
    'log-retention.md',
    'metrics.md',
    'rotate-every-secret.md',
    'disaster.md',
    'secret-missing.md',
    'service-levels.md',
    'sizing.md',
    'superuser-locked-out.md',
    'upgrades.md',
  ];
  t.deepEqual(
    [...pages].filter((page) => !used.has(page) && !others.includes(page)),
    [],
  );
});
