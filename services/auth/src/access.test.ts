import { type Route, toCursor } from '@guichet/http';
import test from 'ava';
import { openTestAuth } from './fixtures.ts';
import { authRoutes } from './routes.ts';

const auth = await openTestAuth();
test.after.always(() => auth.close());

const SOME_ID = '01900000-0000-7000-8000-000000000000';
const nameOf = ({ method, path }: Route) => `${method} ${path}`;

function send(
  route: Route,
  options: { token?: string; raw?: string; headers?: Record<string, string> } = {},
  id = SOME_ID,
) {
  const path = route.path.replace(':id', id);
  const call = auth.api[route.method.toLowerCase() as 'post'];
  return route.method === 'GET' ? auth.api.get(path, options) : call(path, undefined, options);
}

test('a valid token refused by role is logged', async (t) => {
  for (const role of ['member', 'agent'] as const) {
    const { id, token } = await auth.person(role);
    t.is((await auth.api.post('/api/auth/agents', {}, { token })).body.code, 'forbidden');
    const denied = (await auth.logEvents(id)).find(({ action }) => action === 'ACCESS_DENIED');
    t.like(denied, { level: 'WARNING', actor: { id, role } });
  }
});

/** Tokens of users who may call each route. */
async function tokensByRoute(): Promise<(route: Route) => string> {
  const superuser = await auth.person('superuser');
  const agent = await auth.person('agent');
  const member = await auth.person('member');
  return ({ access }) => {
    if (access.kind !== 'token') return superuser.token;
    if (access.anyOf.includes('operations:write')) return member.token;
    return access.roles.length > 0 && !access.roles.includes('superuser') ? agent.token : superuser.token;
  };
}

test('a malformed id in a path is answered with 404', async (t) => {
  const tokenFor = await tokensByRoute();
  for (const route of authRoutes(auth.deps).filter(({ path }) => path.includes(':id'))) {
    const token = tokenFor(route);
    for (const id of ['1', 'x'.repeat(36), "'--"]) {
      t.is((await send(route, { token }, encodeURIComponent(id))).status, 404, nameOf(route));
    }
  }
});

test('an unknown query parameter is answered with 400', async (t) => {
  const { token } = await auth.person('superuser');
  for (const path of ['/api/auth/users', '/api/auth/sessions', '/api/auth/tokens', '/api/auth/profile']) {
    for (const query of [
      'nonsense=1',
      'limit=0',
      'limit=201',
      'limit=x',
      'cursor=nonsense',
      `cursor=${toCursor(['😀'])}`,
      `cursor=${toCursor(['x'])}`,
      `cursor=${toCursor([1])}`,
      'limit=1&limit=2',
    ]) {
      const { status, body } = await auth.api.get(`${path}?${query}`, { token });
      t.is(status, 400, `${path}?${query}`);
      t.is(body.code, 'invalid_request');
    }
  }
});

type Fields = { properties?: Record<string, unknown> };

test('invalid input is refused on every route that takes a body, and the reply names the field', async (t) => {
  const tokenFor = await tokensByRoute();
  const document = (await auth.api.get('/api/auth/openapi.json')).body;
  for (const route of authRoutes(auth.deps).filter(
    ({ body, access }) => body !== undefined && access.kind !== 'peer',
  )) {
    const name = nameOf(route);
    const token = tokenFor(route);
    const sent = async (raw: string, headers: Record<string, string> = {}) =>
      send(route, { token, raw, headers: { 'content-type': 'application/json', ...headers } });

    t.is((await sent('{"a":')).body.code, 'invalid_request', `${name}: malformed`);
    t.is((await sent('[1]')).status, 400, `${name}: an array`);
    t.is((await sent('"x"')).status, 400, `${name}: a string`);
    t.is((await sent('{}', { 'content-type': 'text/plain' })).status, 415, `${name}: not JSON`);
    const large = await sent(`{"a":"${'x'.repeat(1024 * 1024)}"}`);
    t.is(large.status, 413, `${name}: too large`);
    t.is(large.body.code, 'payload_too_large');
    const unknown = await sent('{"is_admin":true}');
    t.is(unknown.status, 400, `${name}: unknown field`);
    t.true(unknown.body.errors.some(({ path }: { path: string }) => path === 'is_admin'));

    const operation = document.paths[route.path.replace(/:(\w+)/g, '{$1}')][route.method.toLowerCase()];
    const { properties = {} }: Fields = operation.requestBody.content['application/json'].schema;
    t.true(Object.keys(properties).length > 0, name);
    for (const field of Object.keys(properties)) {
      const { status, body } = await sent(JSON.stringify({ [field]: { wrong: 'type' } }));
      t.is(status, 400, `${name}: ${field}`);
      t.true(
        body.errors.some(({ path }: { path: string }) => path.startsWith(field)),
        `${name}: ${field}`,
      );
    }
  }
});

/** The services that may call each internal route, by the names on their certificates. */
const PEERS: Record<string, readonly string[]> = {
  'GET /internal/revocations': ['accounts', 'logging', 'mailer'],
  'POST /internal/tokens/introspect': ['accounts', 'logging', 'mailer'],
  'POST /internal/second-factor/verify': ['accounts'],
};

test('an internal route names the services that may call it', (t) => {
  for (const route of authRoutes(auth.deps)) {
    if (route.access.kind === 'peer') t.deepEqual(route.access.services, PEERS[nameOf(route)], nameOf(route));
  }
});
