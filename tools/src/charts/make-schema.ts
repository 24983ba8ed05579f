import type { DocumentedValue } from './read-values.ts';

type Schema = Record<string, unknown>;

export interface SchemaContext {
  /** The settings that every workload takes. */
  hooks: readonly DocumentedValue[];
  /** Whether the chart's own values are those of a workload. */
  isWorkload?: boolean;
  /** They have schemas of their own, and helm itself refuses null for a subchart. */
  subcharts?: readonly string[];
}

/**
 * The JSON schema (draft 7) of a chart's values. Each value has the type of its default, unless its comment says otherwise; undocumented
 * keys are refused at every level. Every key needs a value, because helm removes a key that is set to null and the templates would miss it.
 */
export function makeSchema(
  values: readonly DocumentedValue[],
  { hooks, isWorkload = false, subcharts = [] }: SchemaContext,
): Schema {
  const names = hooks.map(({ name }) => name);
  const places = Object.fromEntries(subcharts.map((name) => [name, { type: 'object' }]));
  const schema = mapOf(values, names, isWorkload, places);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...schema,
    ...(JSON.stringify(schema).includes(DEFINITIONS)
      ? { definitions: Object.fromEntries(hooks.map((hook) => [hook.name, definitionOf(hook)])) }
      : {}),
  };
}

const DEFINITIONS = '#/definitions/';

function mapOf(
  values: readonly DocumentedValue[],
  hooks: readonly string[],
  isWorkload: boolean,
  more: Schema = {},
): Schema {
  return {
    type: 'object',
    additionalProperties: false,
    required: values.filter(hasValue).map(({ name }) => name),
    properties: {
      ...Object.fromEntries(values.map((value) => [value.name, schemaOf(value, hooks)])),
      ...(isWorkload ? Object.fromEntries(hooks.map((name) => [name, { $ref: DEFINITIONS + name }])) : {}),
      ...more,
    },
  };
}

/** Null is allowed only if the comment in values.yaml says so; `global` belongs to helm. */
function hasValue({ name, schema }: DocumentedValue): boolean {
  return name !== 'global' && !(Array.isArray(schema.type) && schema.type.includes('null'));
}

function schemaOf(
  { description, schema, value, isWorkload, children }: DocumentedValue,
  hooks: readonly string[],
): Schema {
  const shape = children.length > 0 ? mapOf(children, hooks, isWorkload) : { type: typeOf(value) };
  return { description, ...shape, ...schema };
}

/** A setting under a workload's own name: null, like its absence, leaves the default. */
function definitionOf(hook: DocumentedValue): Schema {
  const { type, ...schema } = schemaOf(hook, []);
  return { ...schema, type: [type, 'null'].flat() };
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}
