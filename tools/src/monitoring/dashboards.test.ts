import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { parse } from 'yaml';
import { CHART } from '../charts/generated-files.ts';
import { toGrafana } from './dashboards/dashboard.ts';
import { DASHBOARDS } from './dashboards/index.ts';
import { knownSeries, unknownTo } from './known-metrics.ts';
import { selectorsOf } from './promql.ts';

interface GrafanaPanel {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string }[];
}

const { groups } = parse(
  await readFile(join(CHART, 'charts', 'monitoring', 'rules', 'service-levels.yaml'), 'utf8'),
) as { groups: { rules: { record?: string }[] }[] };
const recorded = new Set(groups.flatMap(({ rules }) => rules.flatMap(({ record }) => record ?? [])));

for (const dashboard of DASHBOARDS) {
  const made = toGrafana(dashboard);
  const panels = made.panels as GrafanaPanel[];

  test(`${dashboard.uid} queries only existing metrics, labels and values, and only those of the selected bank`, async (t) => {
    const known = await knownSeries();
    for (const { title, targets = [] } of panels) {
      for (const { expr } of targets) {
        const plain = expr.replaceAll('$__rate_interval', '5m');
        t.deepEqual(unknownTo(known, plain, recorded), [], title);
        for (const { matchers } of selectorsOf(plain)) {
          t.true(
            matchers.some(({ label, value }) => label === 'bank' && value === '$bank'),
            title,
          );
        }
      }
    }
  });

  test(`the panels of ${dashboard.uid} do not overlap, and each has a description`, (t) => {
    t.is(new Set(panels.map(({ id }) => id)).size, panels.length);
    const taken = new Set<string>();
    for (const { type, title, description, gridPos } of panels) {
      const { x, y, w, h } = gridPos;
      t.true(x >= 0 && x + w <= 24, title);
      for (let column = x; column < x + w; column += 1) {
        for (let line = y; line < y + h; line += 1) {
          t.false(taken.has(`${column} ${line}`), title);
          taken.add(`${column} ${line}`);
        }
      }
      if (type !== 'row') t.true((description?.length ?? 0) > 10, title);
    }
  });
}
