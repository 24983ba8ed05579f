import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { accountsOf } from '@guichet/jobs/servers/nats-accounts';
import { schemaGrants } from '@guichet/jobs/servers/schema-statements';
import { parse } from 'yaml';
import { toGrafana } from '../monitoring/dashboards/dashboard.ts';
import { DASHBOARDS } from '../monitoring/dashboards/index.ts';
import { PROJECT } from '../project.ts';
import { makeSchema } from './make-schema.ts';
import { readValues } from './read-values.ts';
import { valuesTable } from './values-table.ts';

/** The bank's chart. */
export const CHART = join(PROJECT, 'charts', 'guichet');

const BEGIN = '<!-- values: made by `npm run charts` from the comments in values.yaml -->';
const END = '<!-- /values -->';

/** The names of the charts beside the bank's own file, in the order of its Chart.yaml. */
export async function subcharts(): Promise<string[]> {
  const { dependencies } = parse(await readFile(join(CHART, 'Chart.yaml'), 'utf8')) as {
    dependencies: { name: string }[];
  };
  return dependencies.map(({ name }) => name);
}

/** Every file of the chart that is made from another, as it should be, by its path. */
export async function madeFiles(): Promise<Map<string, string>> {
  const names = await subcharts();
  const own = await valuesOf(CHART);
  const files = new Map([[join(CHART, 'values.schema.json'), json(makeSchema(own, names))]]);
  const sections = [`### The bank\n\n${valuesTable(own)}`];
  for (const name of names) {
    const folder = join(CHART, 'charts', name);
    const values = await valuesOf(folder);
    files.set(join(folder, 'values.schema.json'), json(makeSchema(values)));
    if (values.length > 1) sections.push(`### ${name}\n\n${valuesTable(values, `${name}.`)}`);
  }
  const readme = join(CHART, 'README.md');
  files.set(readme, between(await readFile(readme, 'utf8'), sections.join('\n\n')));
  files.set(
    join(CHART, 'charts', 'nats', 'files', 'accounts.json'),
    json(accountsOf((user) => `$PASSWORD_OF_${user.toUpperCase()}`)),
  );
  for (const dashboard of DASHBOARDS) {
    const file = join(CHART, 'charts', 'monitoring', 'dashboards', `${dashboard.uid}.json`);
    files.set(file, json(toGrafana(dashboard)));
  }
  files.set(join(CHART, 'charts', 'mysql', 'files', 'grants.sql'), grantsTemplate());
  return files;
}

/** The rights of a service's two users on its schema, with placeholders for the names. */
function grantsTemplate(): string {
  const names = { schema: '{schema}', user: '{user}', migrationUser: '{migration_user}' };
  return `${schemaGrants(names).join('\n')}\n`;
}

/** Writes them; returns the paths of those that were otherwise before. */
export async function writeMadeFiles(): Promise<string[]> {
  const changed: string[] = [];
  for (const [path, text] of await madeFiles()) {
    const before = await readFile(path, 'utf8').catch(() => null);
    if (before === text) continue;
    await writeFile(path, text);
    changed.push(path);
  }
  return changed;
}

async function valuesOf(folder: string) {
  return readValues(await readFile(join(folder, 'values.yaml'), 'utf8'));
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function between(text: string, middle: string): string {
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined)
    throw new Error(`the README of the chart has no place for its values: ${BEGIN} … ${END}`);
  return `${before}${BEGIN}\n\n${middle}\n\n${END}${after}`;
}
