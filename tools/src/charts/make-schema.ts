import type { DocumentedValue } from './read-values.ts';

type Schema = Record<string, unknown>;

/**
 * The JSON schema (draft 7) of a chart's values: each is of its default's type, unless its comment says otherwise, and a key that
 * nobody documented is refused at every level. `subcharts` are checked by schemas of their own.
 */
export function makeSchema(values: readonly DocumentedValue[], subcharts: readonly string[] = []): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...mapOf(values, Object.fromEntries(subcharts.map((name) => [name, { type: 'object' }]))),
  };
}

function mapOf(values: readonly DocumentedValue[], more: Schema = {}): Schema {
  return {
    type: 'object',
    additionalProperties: false,
    properties: {
      ...Object.fromEntries(values.map((value) => [value.name, schemaOf(value)])),
      ...more,
    },
  };
}

function schemaOf({ description, schema, value, children }: DocumentedValue): Schema {
  const shape = children.length > 0 ? mapOf(children) : { type: typeOf(value) };
  return { description, ...shape, ...schema };
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}
