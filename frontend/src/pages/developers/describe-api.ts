/** The part of an OpenAPI 3.1 document that the page shows. */
export interface ApiDocument {
  paths?: Record<string, Record<string, ApiOperation>>;
  components?: { schemas?: Record<string, unknown> };
}

interface ApiOperation {
  summary?: string;
  security?: unknown[];
  parameters?: { name: string; in: string; required?: boolean; schema?: Schema }[];
  requestBody?: { content?: Record<string, { schema?: Schema }> };
  responses?: Record<string, { description?: string }>;
}

interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
}

/** A route as the page shows it. */
export interface DescribedRoute {
  method: string;
  path: string;
  summary: string;
  open: boolean;
  query: Field[];
  body: Field[];
  answers: { status: string; description: string }[];
}

interface Field {
  name: string;
  type: string;
  required: boolean;
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
  const parameters = operation.parameters ?? [];
  const body = resolve(operation.requestBody?.content?.['application/json']?.schema, document);
  return {
    method: method.toUpperCase(),
    path,
    summary: operation.summary ?? '',
    open: operation.security === undefined || operation.security.length === 0,
    query: parameters
      .filter((parameter) => parameter.in === 'query')
      .map(({ name, schema, required }) => ({ name, type: typeOf(schema), required: required === true })),
    body: Object.entries(body?.properties ?? {}).map(([name, schema]) => ({
      name,
      type: typeOf(resolve(schema, document)),
      required: body?.required?.includes(name) === true,
    })),
    answers: Object.entries(operation.responses ?? {}).map(([status, { description = '' }]) => ({
      status,
      description,
    })),
  };
}

function resolve(schema: Schema | undefined, document: ApiDocument): Schema | undefined {
  const name = schema?.$ref?.split('/').at(-1);
  return name === undefined ? schema : (document.components?.schemas?.[name] as Schema | undefined);
}

function typeOf(schema: Schema | undefined): string {
  if (schema?.enum !== undefined) return schema.enum.join(' | ');
  return [schema?.type ?? 'any'].flat().join(' | ');
}
