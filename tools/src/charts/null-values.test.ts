import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import test from 'ava';
import { parse } from 'yaml';
import { CHART, subcharts } from './generated-files.ts';
import { schemaFaults } from './kubernetes-schema.ts';
import { podOf, render } from './render.ts';

type Values = Record<string, unknown>;
const isMap = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The path of every key of a values file, at any depth. */
function keysOf(values: Values, path: readonly string[] = []): string[][] {
  return Object.entries(values).flatMap(([name, value]) => {
    const here = [...path, name];
    return [here, ...(isMap(value) ? keysOf(value, here) : [])];
  });
}

/** What helm makes of a null: the key is not there. */
function without(values: Values, [name = '', ...rest]: readonly string[]): Values {
  const { [name]: value, ...others } = values;
  return rest.length === 0 ? others : { ...others, [name]: without(value as Values, rest) };
}

const charts = ['', ...(await subcharts()).map((name) => join('charts', name))];
const accepted: string[] = [];
for (const folder of charts) {
  const read = (file: string) => readFile(join(CHART, folder, file), 'utf8');
  const values: Values = parse(await read('values.yaml'));
  const validate = new Ajv({ strict: false }).compile(JSON.parse(await read('values.schema.json')));
  const prefix = folder === '' ? '' : `${folder.slice('charts/'.length)}.`;
  // Helm adds the subcharts' values, and refuses null for one itself.
  for (const path of keysOf(values)) {
    const isValid = validate(without(values, path));
    const isNamed = validate.errors?.some(
      ({ keyword, params }) => keyword === 'required' && params.missingProperty === path.at(-1),
    );
    if (isValid || !isNamed) accepted.push(prefix + path.join('.'));
  }
}

test('every key that is set to null is refused by name, except those where null means something', (t) => {
  const rest = accepted.filter((path) => !/(^|[.])global$|[.]resources[.]/.test(path));
  t.deepEqual(rest, [
    'bank.limitOperation',
    'bank.limitDay',
    // A map of any labels, of which null removes this one.
    'monitoring.dashboards.labels.grafana_dashboard',
  ]);
});

const ends = ['requests', 'limits', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'];
for (const end of ends) {
  test(`null for ${end} of every workload removes it, and the objects remain valid`, async (t) => {
    const paths = accepted.filter((path) => path.endsWith(`.resources.${end}`));
    t.true(paths.length >= 12);
    for (const mode of ['everything', 'operators', 'galera']) {
      const objects = await render({
        files: [join(CHART, 'ci', `${mode}-values.yaml`)],
        json: [...paths, 'bank.limitOperation', 'bank.limitDay'].map((path) => `${path}=null`),
      });
      for (const object of objects) {
        const where = `${mode} ${object.kind} ${object.metadata.name}`;
        t.deepEqual(await schemaFaults(object), [], where);
        for (const { name, resources } of podOf(object)?.spec.containers ?? []) {
          const [kind = '', unit] = end.split('.');
          const found = unit === undefined ? resources[kind] : resources[kind]?.[unit];
          t.is(found, undefined, `${where} ${name}`);
        }
      }
    }
  });
}

test('null for each setting of a workload leaves its default', async (t) => {
  const hooks = Object.keys(parse(await readFile(join(CHART, 'values.yaml'), 'utf8')).defaults);
  const places = [
    'auth',
    'mysql',
    'nats',
    'streams',
    'bootstrap',
    'tests',
    'monitoring.prometheus',
    'demo.mailpit',
  ];
  const files = [join(CHART, 'ci', 'everything-values.yaml')];
  const json = places.flatMap((place) => hooks.map((hook) => `${place}.${hook}=null`));
  t.deepEqual(await render({ files, json }), await render({ files }));
});
