import { listOf } from '@guichet/contract';
import { Ajv2020 } from 'ajv/dist/2020.js';
import test from 'ava';
import { z } from 'zod';
import { open, token } from './access.ts';
import { routes } from './fixtures.ts';
import { describeRoutes } from './openapi.ts';
import { ok } from './reply.ts';
import { route } from './route.ts';

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document is walked by its own keys
type Json = any;
const document: Json = JSON.parse(JSON.stringify(describeRoutes('Shop', routes)));

const operations = (of: Json): [string, string, Json][] =>
  Object.entries(of.paths).flatMap(([path, item]) =>
    Object.entries(item as Json).map(
      ([method, operation]) => [path, method, operation] as [string, string, Json],
    ),
  );

/** The faults of a document according to the rules of OpenAPI 3.1 that matter to its readers. */
function faultsOf(of: Json): string[] {
  const faults: string[] = [];
  if (!/^3\.1\.\d+$/.test(of.openapi)) faults.push('openapi');
  if (typeof of.info?.title !== 'string' || typeof of.info?.version !== 'string') faults.push('info');
  const ids = new Set<string>();
  for (const [path, method, operation] of operations(of)) {
    const where = `${method} ${path}`;
    if (ids.has(operation.operationId)) faults.push(`${where}: its operationId is another’s too`);
    ids.add(operation.operationId);
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const declared = operation.parameters
      .filter((one: Json) => one.in === 'path')
      .map((one: Json) => one.name);
    if (JSON.stringify(inPath) !== JSON.stringify(declared))
      faults.push(`${where}: its path and its parameters`);
    if (operation.parameters.some((one: Json) => one.in === 'path' && one.required !== true))
      faults.push(where);
    if (Object.keys(operation.responses).length === 0) faults.push(`${where}: no responses`);
    for (const [status, response] of Object.entries<Json>(operation.responses)) {
      if (!/^([1-5]\d\d|default)$/.test(status)) faults.push(`${where}: status ${status}`);
      if (typeof response.description !== 'string') faults.push(`${where}: ${status} is not described`);
    }
    for (const need of operation.security) {
      for (const scheme of Object.keys(need)) {
        if (of.components.securitySchemes[scheme] === undefined) faults.push(`${where}: security ${scheme}`);
      }
    }
  }
  const text = JSON.stringify(of);
  for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
    if (of.components.schemas[name as string] === undefined)
      faults.push(`a reference to ${name}, which is not there`);
  }
  if (/"\$ref":"(?!#\/components\/)/.test(text)) faults.push('a reference that leads out of the components');
  return faults;
}

test('the document is valid OpenAPI 3.1', (t) => t.deepEqual(faultsOf(document), []));

test('declared headers are documented, and Idempotency-Key if the route takes one', (t) => {
  const takesKey = operations(document).filter(([, , { parameters }]) =>
    parameters.some((one: Json) => one.name === 'Idempotency-Key' && one.in === 'header'),
  );
  t.deepEqual(
    takesKey.map(([path, method]) => `${method} ${path}`),
    ['post /api/operations/decisions'],
  );
  const [, , imports] = takesKey[0] as [string, string, Json];
  t.like(imports.parameters[0], { required: false, schema: { maxLength: 255 } });
  t.truthy(imports.responses['201'].headers['Idempotency-Replayed']);
  t.like(document.paths['/api/slow'].get.parameters[0], { name: 'x-pace', in: 'header', required: false });
});

test('every public route is documented under all of its paths, and no internal route is', (t) => {
  const described = operations(document).map(([path, method]) => `${method.toUpperCase()} ${path}`);
  const expected = routes
    .filter(({ access }) => access.kind !== 'peer')
    .flatMap(({ method, path, aliases }) => [path, ...aliases].map((one) => `${method} ${one}`));
  t.deepEqual(described.toSorted(), expected.map((one) => one.replace(/:(\w+)/g, '{$1}')).toSorted());
  t.false(JSON.stringify(document).includes('/internal'));
});

test('every schema compiles as JSON Schema 2020-12', (t) => {
  const ajv = new Ajv2020({ strict: false });
  ajv.addFormat('uuid', true);
  ajv.addSchema({ $id: 'document', components: document.components });
  for (const name of Object.keys(document.components.schemas)) {
    t.notThrows(() => ajv.compile({ $ref: `document#/components/schemas/${name}` }), name);
  }
});

test('a route documents its access: any one of several scopes, any signed-in user, or everyone', (t) => {
  t.deepEqual(document.paths['/api/things/{id}'].get.security, [
    { bearer: ['accounts:read'] },
    { bearer: ['logs:read'] },
  ]);
  t.deepEqual(document.paths['/api/sessions'].post.security, [{ bearer: [] }]);
  t.deepEqual(document.paths['/api/things'].get.security, []);
});

test('a body is required if the route needs one', (t) => {
  t.true(document.paths['/api/things'].post.requestBody.required);
  t.false(document.paths['/api/notes'].post.requestBody.required);
  t.is(document.paths['/api/ping'].post.requestBody, undefined);
  t.is(
    document.paths['/api/things'].post.requestBody.content['application/json'].schema.additionalProperties,
    false,
  );
});

test('query and path parameters have their schemas, including named ones', (t) => {
  const byName = Object.fromEntries(
    document.paths['/api/things'].get.parameters.map((one: Json) => [one.name, one]),
  );
  t.like(byName.kind, { in: 'query', required: false });
  t.regex(JSON.stringify(byName.kind.schema), /#\/components\/schemas\/Kind/);
  t.false(byName.limit.required);
  const [id] = document.paths['/api/things/{id}'].get.parameters;
  t.like(id, { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } });
});

test('replies and refusals are documented by status', (t) => {
  const { responses } = document.paths['/api/things'].post;
  t.deepEqual(Object.keys(responses).toSorted(), [
    '201',
    '400',
    '401',
    '403',
    '409',
    '413',
    '415',
    '503',
    'default',
  ]);
  t.is(responses['409'].description, 'sold_out');
  t.truthy(responses['403'].content['application/problem+json']);
  t.is(document.paths['/api/things/{id}'].delete.responses['204'].content, undefined);
  t.deepEqual(document.paths['/api/export'].get.responses['200'].content, { 'text/csv': {} });
});

test('named schemas that reference others are among the components', (t) => {
  const Inner = z.object({ text: z.string() }).meta({ id: 'Inner' });
  const Outer = z.object({ inner: Inner, list: z.array(Inner) }).meta({ id: 'Outer' });
  const nested: Json = describeRoutes('Nested', [
    route({
      method: 'GET',
      path: '/a',
      summary: 'a',
      access: open(),
      replies: { 200: listOf(Outer) },
      handle: async () => ok({ items: [], next: null }),
    }),
    route({
      method: 'GET',
      path: '/b',
      summary: 'b',
      access: token(),
      replies: { 200: Outer },
      handle: async () => ok({ inner: { text: '' }, list: [] }),
    }),
  ]);
  t.deepEqual(faultsOf(nested), []);
  t.deepEqual(Object.keys(nested.components.schemas).toSorted(), ['Inner', 'Outer', 'Problem']);
});
