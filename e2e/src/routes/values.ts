import { daysAfter } from '@guichet/calendar';
import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { bankDate } from '../bank-date.ts';

// biome-ignore lint/suspicious/noExplicitAny: a schema, and a value of one, are walked by their own keys
export type Json = any;

/** A day in a week, for dates that must lie ahead. */
const SOON = daysAfter(bankDate(), 7);
const MARKS = 'e\u0301\u0323';
/** Sample strings; each schema determines which of them are valid. */
const TEXTS: readonly string[] = [
  ...[
    '',
    ' ',
    'a',
    'ab',
    'Zoé',
    "O'Neil’s",
    '%',
    '_',
    '😀',
    '\u0000',
    'a\u0000b',
    'a\nb',
    '\u202e',
    '\u00a0',
    '＝1+1',
    'x'.repeat(33),
  ],
  ...[
    'x'.repeat(61),
    'a1'.repeat(16),
    'x'.repeat(141),
    'x'.repeat(501),
    MARKS.repeat(20),
    '__proto__',
    'null',
    'true',
    "' OR 1=1 --",
    '../..',
    '<b>',
  ],
  ...[
    '0',
    '1',
    '50',
    '200',
    '201',
    '-1',
    '007',
    '1.5',
    '1e3',
    '1000000000000',
    '1000000000001',
    '99999999999999999999',
  ],
  ...[
    SOON,
    '2026-10-31',
    '2026-02-30',
    '0000-01-01',
    '9999-12-31',
    '2026-10-31T12:00:00Z',
    '2026-10-31T24:00:00Z',
    '2026-10-31T12:00:60Z',
  ],
  ...[
    '2026-10-31t12:00:00.123+02:00',
    '9999-12-31T23:59:59-23:00',
    '2026-10',
    '2026-13',
    '0000-01',
    '2026-10-31T12:00:00',
  ],
  ...[
    'ann@example.org',
    'Ann@Example.ORG',
    'a..b@example.org',
    'a@-x.org',
    'a@x-.org',
    'a@localhost',
    'a&b@example.org',
    'é@example.org',
  ],
  ...[
    'user@bücher.example',
    'user@xn--h1alffa9f.xn--p1ai',
    `${'a'.repeat(65)}@example.org`,
    `a@${'b'.repeat(64)}.org`,
    'a@b',
    '@',
    'a b@c.de',
  ],
  ...[
    'fuzz.user',
    'Fuzz-User',
    '1abc',
    'abc ',
    'marmalade-on-tuesdays',
    'Nine yellow lanterns',
    '123456',
    '123 456',
    'ABCD-EFGH',
  ],
  ...[
    'DE89370400440532013000',
    'fr14 2004 1010 0505 0001 3m02 606',
    'FR1420041010050500013M02607',
    '20041010050500013M02606',
    '20041',
    '06',
  ],
  ...[
    '01900000-0000-7000-8000-000000000000',
    '01900000-0000-7000-8000-00000000000G',
    '01900000-0000-7000-8000-00000000ABCD',
    '01900000-0000-7000-8000-000000000000,01900000-0000-7000-8000-00000000ABCD',
  ],
  ...[
    'VIREMENT',
    'EUR',
    'XYZ',
    'TRANSFER_POSTED',
    'transfer_posted',
    'INFO',
    'info',
    'warning',
    'fatal',
    'accounts',
    'guichet_x',
    'WyJhIl0',
    'eyJ9',
    'SGk',
  ],
];

/** Generators of valid and invalid values for the schemas of one OpenAPI document. */
export function valuesOf(document: Json, known: readonly string[]) {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'document', components: document.components });
  const compiled = new WeakMap<object, ValidateFunction>();
  const texts = [...TEXTS, ...known];

  function isValid(schema: Json, value: unknown): boolean {
    let validate = compiled.get(schema);
    if (validate === undefined) {
      const text = JSON.stringify(schema).replaceAll('"#/components', '"document#/components');
      validate = ajv.compile(JSON.parse(text));
      compiled.set(schema, validate);
    }
    return validate(value);
  }

  function resolve(schema: Json): Json {
    if (typeof schema.$ref !== 'string') return schema;
    return resolve(document.components.schemas[schema.$ref.split('/').at(-1)]);
  }

  function textsFor(schema: Json): string[] {
    const good = texts.filter((text) => isValid(schema, text));
    if (good.length === 0)
      throw new Error(`no text among the samples fits ${JSON.stringify(schema)}; add one`);
    return good;
  }

  /** Valid values of the schema. */
  function valid(given: Json): fc.Arbitrary<Json> {
    const schema = resolve(given);
    return structure(schema).filter((value) => isValid(schema, value));
  }

  function structure(schema: Json): fc.Arbitrary<Json> {
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    if (schema.type === 'object') return object(schema);
    const options = schema.oneOf ?? schema.anyOf;
    if (options !== undefined && schema.type === undefined)
      return fc.oneof(...options.map((one: Json) => valid(one)));
    if (schema.type === 'array') {
      const items = { minLength: schema.minItems ?? 0, maxLength: Math.min(schema.maxItems ?? 3, 3) };
      return fc.array(valid(schema.items), items);
    }
    if (schema.type === 'integer') {
      const [min, max] = [
        schema.minimum ?? Number.MIN_SAFE_INTEGER,
        schema.maximum ?? Number.MAX_SAFE_INTEGER,
      ];
      return fc.oneof(fc.constantFrom(min, max), fc.integer({ min, max: Math.min(max, 2 ** 31) }));
    }
    if (schema.type === 'boolean') return fc.boolean();
    if (schema.type === 'null') return fc.constant(null);
    return fc.constantFrom(...textsFor(schema));
  }

  function object(schema: Json): fc.Arbitrary<Json> {
    const { properties = {}, required = [] } = schema;
    const fields = Object.fromEntries(
      Object.entries<Json>(properties).map(([key, one]) => [key, valid(one)]),
    );
    // If exactly one of several fields must be present, one is chosen here: random objects would rarely be valid.
    const choices: string[][] = [schema, ...(schema.allOf ?? [])]
      .map(({ oneOf = [] }) => oneOf.flatMap((one: Json) => one.required ?? []))
      .filter((keys) => keys.length > 0);
    return fc.tuple(...choices.map((keys) => fc.constantFrom(...keys))).chain((chosen) => {
      const left = choices.flat().filter((key) => !chosen.includes(key));
      const kept = Object.fromEntries(Object.entries(fields).filter(([key]) => !left.includes(key)));
      return fc.record(kept, { requiredKeys: [...required, ...chosen] });
    });
  }

  /** Invalid values of the schema: valid ones with one change, or arbitrary ones. */
  function invalid(given: Json): fc.Arbitrary<Json> {
    const schema = resolve(given);
    const leaf = fc.oneof(
      fc.constantFrom<Json>(...texts),
      fc.constantFrom<Json>(0, -1, 1e15, true, null, [], {}, [1], { x: 1 }, 'x'.repeat(2_000)),
    );
    const changed = fc
      .tuple(valid(schema), fc.nat(), leaf, fc.constantFrom('replace', 'drop', 'add'))
      .map(([value, at, other, how]) => change(value, at, other, how));
    return fc
      .oneof({ weight: 9, arbitrary: changed }, { weight: 1, arbitrary: leaf })
      .filter((value) => value !== undefined && !isValid(schema, value));
  }

  /** For each string in the schema, a value that is valid except that it contains `text` there. */
  function holding(given: Json, text: string): Json[] {
    const schema = resolve(given);
    const options: Json[] | undefined = schema.oneOf ?? schema.anyOf;
    if (schema.type === 'string' || schema.enum !== undefined) return [text];
    if (schema.type === 'array') return holding(schema.items, text).map((one) => [one]);
    if (schema.type !== 'object') return (options ?? []).flatMap((one) => holding(one, text));
    return Object.entries<Json>(schema.properties ?? {}).flatMap(([key, property]) => {
      const [good] = fc.sample(valid(schema), { numRuns: 1, seed: 1 });
      return holding(property, text).map((one) => ({ ...good, [key]: one }));
    });
  }

  return { valid, invalid, isValid, holding };
}

/** A copy with one field at any depth replaced or removed, or with one field added. */
function change(value: Json, at: number, other: Json, how: string): Json {
  const copy = structuredClone(value);
  const places: [Json, string][] = [];
  const visit = (node: Json): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const key of Object.keys(node)) {
      places.push([node, key]);
      visit(node[key]);
    }
  };
  visit(copy);
  const [holder, key] = places[at % Math.max(places.length, 1)] ?? [copy, 'x'];
  if (typeof holder !== 'object' || holder === null) return other;
  if (how === 'add' && !Array.isArray(holder)) holder.unknown_field = other;
  else if (how === 'drop' && !Array.isArray(holder)) delete holder[key];
  else holder[key] = other;
  return copy;
}
