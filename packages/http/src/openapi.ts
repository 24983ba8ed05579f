import { STATUS_CODES } from 'node:http';
import { problems, type Refusal } from '@guichet/errors';
import { z } from 'zod';
import { ProblemView } from './problem-reply.ts';
import type { Route } from './route.ts';

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of a service's public routes, made from the schemas that validate them. */
export function describeRoutes(title: string, routes: readonly Route[]): Json {
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    if (route.access.kind === 'peer') continue;
    for (const path of [route.path, ...route.aliases]) {
      const template = path.replace(/:(\w+)/g, '{$1}');
      const item = (paths[template] ??= {});
      item[route.method.toLowerCase()] = describeRoute(route, template, schemas);
    }
  }
  toSchema(ProblemView, 'output', schemas);
  return {
    openapi: '3.1.0',
    info: { title, version: '1' },
    paths,
    components: {
      schemas,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
}

function describeRoute(route: Route, template: string, schemas: Json): Json {
  const isOpen = route.access.kind === 'open';
  return {
    summary: route.summary,
    operationId: `${route.method.toLowerCase()}${template.replace(/\W+/g, '_').replace(/_$/, '')}`,
    security: isOpen ? [] : [{ bearer: route.access.kind === 'token' ? route.access.anyOf : [] }],
    parameters: [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')],
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: toSchema(route.body, 'input', schemas) } },
          },
        }),
    responses: responsesOf(route, schemas),
  };
}

function parametersOf(schema: z.ZodType | undefined, where: 'path' | 'query'): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: property,
  }));
}

function responsesOf(route: Route, schemas: Json): Json {
  const responses: Record<string, Json> = {};
  for (const [status, reply] of Object.entries(route.replies)) {
    responses[status] = { description: STATUS_CODES[status] ?? status };
    if (typeof reply === 'string') responses[status].content = { [reply]: {} };
    else if (reply !== null) {
      responses[status].content = { 'application/json': { schema: toSchema(reply, 'output', schemas) } };
    }
  }
  const refused: readonly Refusal[] = [
    ...route.refusals,
    problems.invalid_request,
    ...(route.access.kind === 'open' ? [] : [problems.unauthenticated, problems.forbidden]),
    ...(route.params === undefined ? [] : [problems.not_found]),
    problems.unavailable,
  ];
  for (const { status } of refused) {
    const codes = [...new Set(refused.filter((other) => other.status === status).map(({ code }) => code))];
    responses[status] ??= {
      description: codes.join(', '),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    };
  }
  return { ...responses, default: { description: 'Any other problem', content: PROBLEM_CONTENT } };
}

const PROBLEM_CONTENT = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };

// zod puts schemas with an id under $defs; OpenAPI wants them under components.
function toSchema(schema: z.ZodType, io: 'input' | 'output', schemas: Json): Json {
  const { $schema: _, $defs, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  Object.assign(schemas, relink(($defs ?? {}) as Json));
  const id = schema.meta()?.id;
  // A named schema that names others is put among them, and only referred to.
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
      key === '$ref' && typeof value === 'string' ? value.replace('#/$defs/', '#/components/schemas/') : relink(value),
    ]),
  );
}
