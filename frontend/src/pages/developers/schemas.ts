/** The part of JSON Schema that the services' OpenAPI documents use. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  pattern?: string;
  const?: unknown;
  default?: unknown;
  enum?: unknown[];
  minimum?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  oneOf?: Schema[];
  anyOf?: Schema[];
  description?: string;
}

export type Schemas = Record<string, Schema>;

const DEPTH_MAX = 6;

/** The schema itself, or the one of the document that it refers to. */
export function resolve(schema: Schema | undefined, schemas: Schemas): Schema | undefined {
  const name = schema?.$ref?.split('/').at(-1);
  return name === undefined ? schema : schemas[name];
}

/** The alternatives of a union; a single schema is the only one. */
export function variantsOf(schema: Schema | undefined, schemas: Schemas): Schema[] {
  const resolved = resolve(schema, schemas);
  if (resolved === undefined) return [];
  const alternatives = resolved.oneOf ?? resolved.anyOf;
  return alternatives === undefined ? [resolved] : alternatives.flatMap((one) => variantsOf(one, schemas));
}

/** A value that fits the schema by its shape. Optional fields are left out, except those of a body that has no others. */
export function exampleOf(schema: Schema | undefined, schemas: Schemas, depth = 0): unknown {
  const [one] = variantsOf(schema, schemas);
  if (one === undefined || depth > DEPTH_MAX) return null;
  if (one.const !== undefined) return one.const;
  if (one.default !== undefined) return one.default;
  if (one.enum !== undefined) return one.enum[0];
  const type = [one.type ?? (one.properties === undefined ? 'string' : 'object')].flat()[0];
  if (type === 'object') {
    const names = Object.keys(one.properties ?? {});
    const shown = names.filter((name) => one.required?.includes(name));
    return Object.fromEntries(
      (shown.length > 0 ? shown : names).map((name) => [
        name,
        exampleOf(one.properties?.[name], schemas, depth + 1),
      ]),
    );
  }
  if (type === 'array') return [exampleOf(one.items, schemas, depth + 1)];
  if (type === 'integer' || type === 'number') return Math.max(one.minimum ?? 1, 1);
  if (type === 'boolean') return true;
  return exampleText(one);
}

function exampleText({ format, pattern }: Schema): string {
  if (format === 'uuid' || pattern?.includes('[0-9a-f') === true)
    return '01900000-0000-7000-8000-000000000000';
  if (format === 'email') return 'alice@example.org';
  if (format === 'date') return '2026-10-31';
  return format === 'date-time' ? '2026-10-31T12:00:00.000Z' : '…';
}
