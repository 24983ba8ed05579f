import type { DocumentedValue } from './read-values.ts';

type Schema = Record<string, unknown>;

/**
 * The JSON schema (draft 7) of a chart's values. Each value has the type of its default, unless its comment says otherwise; undocumented
 * keys are refused at every level. Every key needs a value, because helm removes a key that is set to null and the templates would miss it.
 * `subcharts` have schemas of their own, and helm itself refuses null for a subchart.
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
    required: values.filter(hasValue).map(({ name }) => name),
    properties: {
      ...Object.fromEntries(values.map((value) => [value.name, schemaOf(value)])),
      ...more,
    },
  };
}

/** Null is allowed only if the comment in values.yaml says so; `global` belongs to helm. */
function hasValue({ name, schema }: DocumentedValue): boolean {
  return name !== 'global' && !(Array.isArray(schema.type) && schema.type.includes('null'));
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
