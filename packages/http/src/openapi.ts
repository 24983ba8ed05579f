import { STATUS_CODES } from 'node:http';
import { IdempotencyKey } from '@guichet/contract';
import { problems, type Refusal } from '@guichet/errors';
import { z } from 'zod';
import { ProblemView } from './problem-reply.ts';
import { type Route, XmlFile } from './route.ts';

type Json = Record<string, unknown>;

/** Rules that hold for every operation, and that JSON Schema cannot express. */
const MANNERS =
  'Write numbers in JSON as integers: 100, never 100.0 or 1e2. Do not repeat keys. ' +
  'A body may have at most 16 KiB (POST /api/operations/decisions: 2.2 MB, files of payments: 32 MiB). A cursor is the `next` of a page of the same list.';

/** The OpenAPI 3.1 document of a service's public routes, from the schemas that validate them. */
export function describeRoutes(title: string, routes: readonly Route[]): Json {
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    if (route.access.kind === 'peer') continue;
    for (const path of [route.path, ...route.aliases]) {
      const template = path.replace(/:(\w+)/g, '{$1}');
      paths[template] = {
        ...paths[template],
        [route.method.toLowerCase()]: describeRoute(route, template, schemas),
      };
    }
  }
  toSchema(ProblemView, 'output', schemas);
  return {
    openapi: '3.1.0',
    info: { title, version: '1', description: MANNERS },
    paths,
    components: {
      schemas,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
}

function describeRoute(route: Route, template: string, schemas: Json): Json {
  return {
    summary: route.summary,
    operationId: `${route.method.toLowerCase()}${template.replace(/\W+/g, '_').replace(/_$/, '')}`,
    security: securityOf(route),
    parameters: [
      ...parametersOf(route.params, 'path', schemas),
      ...parametersOf(route.query, 'query', schemas),
      ...parametersOf(route.headers, 'header', schemas),
      ...(route.idempotent ? [idempotencyParameter(schemas)] : []),
    ],
    ...(route.body === undefined ? {} : { requestBody: requestBodyOf(route.body, schemas) }),
    responses: responsesOf(route, schemas),
  };
}

/** Any one of the scopes is enough. */
function securityOf({ access }: Route): Json[] {
  if (access.kind !== 'token') return [];
  return access.anyOf.length === 0 ? [{ bearer: [] }] : access.anyOf.map((scope) => ({ bearer: [scope] }));
}

function requestBodyOf(body: z.ZodType, schemas: Json): Json {
  if (body === XmlFile)
    return { required: true, content: { 'application/xml': { schema: { type: 'string' } } } };
  return {
    required: !body.safeParse({}).success,
    content: { 'application/json': { schema: toSchema(body, 'input', schemas) } },
  };
}

function parametersOf(
  schema: z.ZodType | undefined,
  where: 'path' | 'query' | 'header',
  schemas: Json,
): Json[] {
  if (schema === undefined) return [];
  const described = toSchema(schema, 'input', schemas) as { properties?: Json; required?: string[] };
  const { properties = {}, required = [] } = described;
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: property,
  }));
}

function idempotencyParameter(schemas: Json): Json {
  return {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description: 'A request with the same key, route and body within 24 hours replays the first answer',
    schema: toSchema(IdempotencyKey, 'input', schemas),
  };
}

function responsesOf(route: Route, schemas: Json): Json {
  const responses: Record<string, Json> = {};
  for (const [status, reply] of Object.entries(route.replies)) {
    responses[status] = { description: STATUS_CODES[status] ?? status };
    if (reply !== null) responses[status].content = contentOf([reply].flat(), schemas);
  }
  const refused: readonly Refusal[] = [
    ...route.refusals,
    problems.invalid_request,
    ...(route.access.kind === 'open' ? [] : [problems.unauthenticated, problems.forbidden]),
    ...(route.params === undefined ? [] : [problems.not_found]),
    ...(route.body === undefined ? [] : [problems.payload_too_large, problems.unsupported_media_type]),
    problems.unavailable,
  ];
  if (route.idempotent) {
    for (const response of Object.values(responses)) response.headers = REPLAYED_HEADER;
  }
  for (const { status } of refused) {
    const codes = [...new Set(refused.filter((other) => other.status === status).map(({ code }) => code))];
    responses[status] ??= { description: codes.join(', '), content: PROBLEM_CONTENT };
  }
  return { ...responses, default: { description: 'Any other problem', content: PROBLEM_CONTENT } };
}

function contentOf(bodies: readonly (z.ZodType | string)[], schemas: Json): Json {
  return Object.fromEntries(
    bodies.map((body) =>
      typeof body === 'string'
        ? [body, {}]
        : ['application/json', { schema: toSchema(body, 'output', schemas) }],
    ),
  );
}

const REPLAYED_HEADER = {
  'Idempotency-Replayed': { description: 'Present on a replay', schema: { type: 'string', const: 'true' } },
};
const PROBLEM_CONTENT = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };

// zod puts schemas with an id under $defs; OpenAPI wants them under components.
function toSchema(schema: z.ZodType, io: 'input' | 'output', schemas: Json): Json {
  const { $schema: _, $defs, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  Object.assign(schemas, relink(($defs ?? {}) as Json));
  const id = schema.meta()?.id;
  // A named schema moves to the components, and is referenced from here.
  if (id === undefined || '$ref' in rest) return relink(rest) as Json;
  const { id: __, ...named } = rest;
  schemas[id] = relink(named);
  return { $ref: `#/components/schemas/${id}` };
}

function relink(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(relink);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [
      key,
      key === '$ref' && typeof value === 'string'
        ? value.replace('#/$defs/', '#/components/schemas/')
        : relink(value),
    ]),
  );
}
