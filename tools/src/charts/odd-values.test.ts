import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { CHART, subcharts } from './generated-files.ts';
import { schemaFaults } from './kubernetes-schema.ts';
import { type DocumentedValue, readValues } from './read-values.ts';
import { podOf, render } from './render.ts';

const MODES = (await readdir(join(CHART, 'ci'))).map((file) => join(CHART, 'ci', file));

interface Leaf extends DocumentedValue {
  path: string;
}

/** Every documented value without documented values inside, by its path in the bank's values. */
async function leaves(): Promise<Leaf[]> {
  const flatten = (values: readonly DocumentedValue[], prefix: string): Leaf[] =>
    values.flatMap((value) =>
      value.children.length > 0
        ? flatten(value.children, `${prefix}${value.name}.`)
        : [{ ...value, path: prefix + value.name }],
    );
  const own = flatten(readValues(await readFile(join(CHART, 'values.yaml'), 'utf8')), '');
  const others = await Promise.all(
    (await subcharts()).map(async (name) =>
      flatten(readValues(await readFile(join(CHART, 'charts', name, 'values.yaml'), 'utf8')), `${name}.`),
    ),
  );
  return [...own, ...others.flat()].filter(({ path }) => !/(^|\.)global(\.|$)/.test(path));
}

/** A text is free if no pattern or list restricts it. */
const texts = (await leaves()).filter(
  ({ value, schema }) =>
    (typeof value === 'string' && schema.enum === undefined && schema.pattern === undefined) ||
    (Array.isArray(value) && isFreeText(schema.items)),
);

function isFreeText(items: unknown): boolean {
  const { type, pattern } = (items ?? {}) as { type?: unknown; pattern?: string };
  return type === 'string' && pattern === undefined;
}

/** There are two ways to name a mail server, which exclude each other, and a claim excludes a volume of the chart. */
const OWN = [
  'mail.smtp.existingUrlSecret',
  'logging.checkpoints.existingClaim',
  'logging.retention.existingClaim',
];
const OTHER = ['mail.smtp.host', 'mail.smtp.existingSecret'];

async function renderEach(file: string, textOf: (index: number) => string, without: readonly string[]) {
  const json = texts.flatMap(({ path, value }, index) => {
    if (without.includes(path)) return [];
    const text = textOf(index);
    return [`${path}=${JSON.stringify(Array.isArray(value) ? [text] : text)}`];
  });
  return render({
    files: [file],
    json,
    set: [
      'demo.enabled=true',
      'ingress.enabled=true',
      'ingress.tls.enabled=true',
      'logging.retention.enabled=true',
      'mysql.exporter.enabled=true',
      'nats.exporter.enabled=true',
    ],
  });
}

/** Texts that YAML would read as something else, or not at all. Each ends in the index of its value. */
const ODD: Readonly<Record<string, (index: number) => string>> = {
  'a number with zeros at its start': (index) => `00${7000 + index}`,
  'a number with an exponent': (index) => `${1000 + index}e2`,
  'an alias of YAML': (index) => `*.x${index}x`,
  'an indicator, a mapping and a comment': (index) => `%a: b #${index}x`,
};

for (const [what, textOf] of Object.entries(ODD)) {
  test(`${what} arrives as it is from every value that is a free text`, async (t) => {
    const found = new Set<string>();
    for (const file of MODES) {
      const isExternal = file.includes('external');
      const objects = await renderEach(file, textOf, isExternal ? OTHER : OWN);
      const text = JSON.stringify(objects);
      texts.forEach(({ path }, index) => {
        if (new RegExp(`[^0-9]${RegExp.escape(JSON.stringify(textOf(index)).slice(1, -1))}`).test(text))
          found.add(path);
      });
      // Numbers are valid names, hosts and sizes, so the objects remain valid.
      if (!what.includes('zeros')) continue;
      for (const object of objects) {
        t.deepEqual(await schemaFaults(object), [], `${file} ${object.kind} ${object.metadata.name}`);
        // biome-ignore lint/suspicious/noExplicitAny: containers as they are rendered
        for (const container of (podOf(object)?.spec.containers ?? []) as any[])
          for (const { name, value } of container.env ?? [])
            t.true(value === undefined || typeof value === 'string', `${object.metadata.name} ${name}`);
        if (object.kind === 'ConfigMap')
          for (const value of Object.values(object.data)) t.is(typeof value, 'string');
      }
    }
    const lost = texts.map(({ path }) => path).filter((path) => !found.has(path));
    t.deepEqual(lost, []);
  });
}
