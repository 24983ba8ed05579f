/** A query, and the name of its series, for example `{{service}}`. */
export interface Query {
  expr: string;
  legend?: string;
}

export interface Panel {
  kind: 'stat' | 'timeseries' | 'table';
  title: string;
  /** What the panel shows, and which values are good. */
  description: string;
  queries: readonly Query[];
  /** A unit of Grafana: `s`, `reqps`, `percentunit`, `bytes`, `short`. */
  unit?: string;
  /** In columns; a row has 24. */
  width: number;
  /** Values from which the panel is orange or red; below, it is green. */
  warnFrom?: number;
  badFrom?: number;
  /** The other way round: values below these are orange or red. */
  lowIsBad?: { warnBelow: number; badBelow: number };
  /** Whether values below zero are drawn. */
  isBelowZero?: boolean;
  /** Texts for values, for example `{0: 'broken', 1: 'ok'}`; 0 is red. */
  words?: Readonly<Record<number, string>>;
  stacked?: boolean;
}

export interface Row {
  title: string;
  panels: readonly Panel[];
}

export interface Dashboard {
  /** Also the name of its file. */
  uid: string;
  title: string;
  description: string;
  /** Whether the user can select services. */
  choosesService?: boolean;
  rows: readonly Row[];
}

const HEIGHT = { stat: 4, timeseries: 8, table: 8 } as const;
const SOURCE = { type: 'prometheus', uid: '$datasource' } as const;

/** A dashboard as Grafana (10 and newer) reads it. */
export function toGrafana(dashboard: Dashboard) {
  return {
    uid: dashboard.uid,
    title: dashboard.title,
    description: dashboard.description,
    tags: ['guichet'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    timezone: 'browser',
    links: [
      {
        type: 'dashboards',
        title: 'Guichet',
        tags: ['guichet'],
        asDropdown: false,
        keepTime: true,
        includeVars: true,
      },
    ],
    templating: { list: variables(dashboard) },
    annotations: { list: [] },
    panels: layOut(dashboard.rows),
  };
}

function variables({ choosesService }: Dashboard) {
  const query = (name: string, label: string, definition: string, many: boolean) => ({
    type: 'query',
    name,
    label,
    datasource: SOURCE,
    definition,
    query: { query: definition, refId: name },
    refresh: 2,
    sort: 1,
    multi: many,
    includeAll: many,
    ...(many ? { current: { text: ['All'], value: ['$__all'] } } : {}),
  });
  return [
    { type: 'datasource', name: 'datasource', label: 'Prometheus', query: 'prometheus', current: {} },
    query('bank', 'Bank', 'label_values(guichet_build_info, bank)', false),
    ...(choosesService === true
      ? [query('service', 'Service', 'label_values(guichet_build_info{bank="$bank"}, service)', true)]
      : []),
  ];
}

function layOut(rows: readonly Row[]) {
  const panels: object[] = [];
  let y = 0;
  for (const { title, panels: own } of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: 24, h: 1 },
      panels: [],
    });
    y += 1;
    let x = 0;
    let height = 0;
    for (const panel of own) {
      if (x + panel.width > 24) {
        x = 0;
        y += height;
        height = 0;
      }
      const h = HEIGHT[panel.kind];
      panels.push(toPanel(panel, panels.length + 1, { x, y, w: panel.width, h }));
      x += panel.width;
      height = Math.max(height, h);
    }
    y += height;
  }
  return panels;
}

function toPanel(panel: Panel, id: number, gridPos: { x: number; y: number; w: number; h: number }) {
  return {
    id,
    type: panel.kind,
    title: panel.title,
    description: panel.description,
    datasource: SOURCE,
    gridPos,
    targets: panel.queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: SOURCE,
      expr,
      ...(legend === undefined ? {} : { legendFormat: legend }),
      ...(panel.kind === 'timeseries' ? { range: true } : { instant: true }),
      ...(panel.kind === 'table' ? { format: 'table' } : {}),
    })),
    fieldConfig: { defaults: fieldDefaults(panel), overrides: [] },
    ...optionsOf(panel),
  };
}

function fieldDefaults(panel: Panel) {
  const { kind, unit = 'short', words, stacked, isBelowZero = false } = panel;
  return {
    unit,
    ...(isBelowZero ? {} : { min: 0 }),
    color: { mode: kind === 'timeseries' ? 'palette-classic' : 'thresholds' },
    thresholds: { mode: 'absolute', steps: stepsOf(panel) },
    mappings:
      words === undefined
        ? []
        : [
            {
              type: 'value',
              options: Object.fromEntries(Object.entries(words).map(([value, text]) => [value, { text }])),
            },
          ],
    custom:
      kind === 'timeseries'
        ? {
            lineWidth: 1,
            fillOpacity: 10,
            showPoints: 'never',
            ...(stacked === true ? { stacking: { mode: 'normal' } } : {}),
          }
        : {},
  };
}

function stepsOf({ warnFrom, badFrom, lowIsBad, words }: Panel) {
  if (words !== undefined) return [step('red', null), step('green', 1)];
  if (lowIsBad !== undefined)
    return [step('red', null), step('orange', lowIsBad.badBelow), step('green', lowIsBad.warnBelow)];
  return [
    step('green', null),
    ...(warnFrom === undefined ? [] : [step('orange', warnFrom)]),
    ...(badFrom === undefined ? [] : [step('red', badFrom)]),
  ];
}

function step(color: string, value: number | null) {
  return { color, value };
}

function optionsOf({ kind }: Panel) {
  switch (kind) {
    case 'stat':
      return {
        options: {
          reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
          textMode: 'auto',
          colorMode: 'background',
        },
      };
    case 'timeseries':
      return {
        options: {
          legend: { displayMode: 'list', placement: 'bottom' },
          tooltip: { mode: 'multi', sort: 'desc' },
        },
      };
    case 'table':
      return {
        options: { showHeader: true },
        transformations: [{ id: 'organize', options: { excludeByName: { Time: true, bank: true } } }],
      };
  }
}
