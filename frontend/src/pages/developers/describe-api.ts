import { exampleOf, resolve, type Schema, type Schemas, variantsOf } from './schemas.ts';

/** The part of an OpenAPI 3.1 document that the page shows. */
export interface ApiDocument {
  paths?: Record<string, Record<string, ApiOperation>>;
  components?: { schemas?: Schemas };
}

interface ApiOperation {
  summary?: string;
  security?: Record<string, string[]>[];
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: Schema }[];
  requestBody?: { content?: Record<string, { schema?: Schema }> };
  responses?: Record<string, { description?: string }>;
}

/** A route as the page shows it. */
export interface DescribedRoute {
  id: string;
  method: string;
  path: string;
  summary: string;
  open: boolean;
  /** Any one of them is enough. */
  scopes: string[];
  params: Field[];
  query: Field[];
  /** One for each kind of body that the route takes, with an example in JSON. */
  bodies: { name: string; fields: Field[]; example: string }[];
  answers: { status: string; description: string }[];
}

interface Field {
  name: string;
  type: string;
  required: boolean;
  description: string;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** The public routes of a document. */
export function describeApi(document: ApiDocument): DescribedRoute[] {
  return Object.entries(document.paths ?? {})
    .filter(([path]) => !path.startsWith('/internal'))
    .flatMap(([path, item]) =>
      METHODS.flatMap((method) => {
        const operation = item[method];
        return operation === undefined ? [] : [describeRoute(method, path, operation, document)];
      }),
    );
}

function describeRoute(
  method: string,
  path: string,
  operation: ApiOperation,
  document: ApiDocument,
): DescribedRoute {
  const schemas = document.components?.schemas ?? {};
  const parametersIn = (place: string): Field[] =>
    (operation.parameters ?? [])
      .filter((parameter) => parameter.in === place)
      .map(({ name, schema, required, description = schema?.description ?? '' }) => ({
        name,
        type: typeOf(schema),
        required: required === true,
        description,
      }));
  return {
    id: `${method}${path.replace(/[^a-zA-Z0-9]+/g, '-')}`,
    method: method.toUpperCase(),
    path,
    summary: operation.summary ?? '',
    open: operation.security === undefined || operation.security.length === 0,
    scopes: (operation.security ?? []).flatMap((one) => Object.values(one).flat()),
    params: parametersIn('path'),
    query: parametersIn('query'),
    bodies: variantsOf(operation.requestBody?.content?.['application/json']?.schema, schemas).map((body) => ({
      name: String(Object.values(body.properties ?? {}).find((one) => one.const !== undefined)?.const ?? ''),
      fields: fieldsOf(body, schemas),
      example: JSON.stringify(exampleOf(body, schemas), null, 2),
    })),
    answers: Object.entries(operation.responses ?? {}).map(([status, { description = '' }]) => ({
      status,
      description,
    })),
  };
}

function fieldsOf(body: Schema, schemas: Schemas): Field[] {
  return Object.entries(body.properties ?? {}).map(([name, schema]) => {
    const resolved = resolve(schema, schemas);
    return {
      name,
      type: typeOf(resolved),
      required: body.required?.includes(name) === true,
      description: resolved?.description ?? '',
    };
  });
}

function typeOf(schema: Schema | undefined): string {
  if (schema?.const !== undefined) return String(schema.const);
  if (schema?.enum !== undefined) return schema.enum.join(' | ');
  const alternatives = schema?.oneOf ?? schema?.anyOf;
  if (alternatives !== undefined) return [...new Set(alternatives.map(typeOf))].join(' | ');
  return [schema?.type ?? (schema?.$ref === undefined ? 'any' : 'object')].flat().join(' | ');
}
