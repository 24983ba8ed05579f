import { request as rawRequest } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { QueueFullError } from '@guichet/batching';
import { bodyBytesMax } from '@guichet/contract';
import { Problem } from '@guichet/errors';
import { contractClient, eventually, startOtlpCollector } from '@guichet/testing';
import { startTracing } from '@guichet/tracing';
import test from 'ava';
import fc from 'fast-check';
import { buildShop, failing, PeerUnreachableError, seen } from './fixtures.ts';

const { app, tokens, lines, denied, missing } = buildShop();
const api = await contractClient(app, '/api/shop/openapi.json');
test.after.always(() => api.close());

const ID = '0199aaaa-0000-7000-8000-000000000001';
const member = { token: tokens.issue() };
const good = { kind: 'tea', amount: 3 };
const MEGABYTE = 1024 * 1024;

/** Sends bytes that no proper client would send; returns status, headers and body. */
function raw(options: {
  method: string;
  path: string;
  headers?: Record<string, string>;
  chunks?: (string | Buffer)[];
}) {
  const { port } = new URL(api.origin);
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }>(
    (resolve, reject) => {
      const request = rawRequest({ port, host: '127.0.0.1', ...options }, async (response) => {
        const { statusCode, headers } = response;
        resolve({ status: statusCode ?? 0, headers, body: await text(response) });
      });
      request.on('error', reject);
      for (const chunk of options.chunks ?? []) request.write(chunk);
      request.end();
    },
  );
}

test('a valid request is validated, handled and answered as documented', async (t) => {
  const reply = await api.post('/api/things', good, member);
  t.is(reply.status, 201);
  t.deepEqual(reply.body, { id: 'x', ...good });
  t.is(reply.headers['content-type'], 'application/json; charset=utf-8');
  t.is(reply.headers['cache-control'], 'no-store');
  t.is(reply.headers['x-content-type-options'], 'nosniff');
});

test('an alias, a trailing slash and an id in capitals are the same route', async (t) => {
  t.is((await api.post('/api/choses', good, member)).status, 201);
  t.is((await api.post('/api/things/', good, member)).status, 201);
  t.is((await api.get(`/api/things/${ID.toUpperCase()}`, member)).body.id, ID);
});

for (const [what, [status, code], ask] of [
  ['an unknown path', [404, 'not_found'], () => api.get('/api/nothing')],
  ['the root', [404, 'not_found'], () => api.get('/')],
  [
    'a known path with another method',
    [405, 'method_not_allowed'],
    () => api.patch('/api/things', good, member),
  ],
  ['a malformed id', [404, 'not_found'], () => api.get('/api/things/7', member)],
  ['a malformed escape in the path', [404, 'not_found'], () => api.get('/api/things/%E0%A4%A', member)],
  ['a path that is only an escape', [404, 'not_found'], () => api.get('/%', member)],
  ['an escaped slash', [404, 'not_found'], () => api.get('/api%2Fthings')],
  ['no token', [401, 'unauthenticated'], () => api.post('/api/things', good)],
  ['an invalid token', [401, 'unauthenticated'], () => api.post('/api/things', good, { token: 'abc' })],
  [
    'another scheme',
    [401, 'unauthenticated'],
    () => api.post('/api/things', good, { headers: { authorization: 'Basic YTpi' } }),
  ],
  ...['Bearer', 'Bearer a b', `bearer ${'x'.repeat(5_000)}`, 'Bearer <é>'].map(
    (authorization) =>
      [
        `the authorization ${authorization.slice(0, 12)}`,
        [401, 'unauthenticated'],
        () =>
          api.post('/api/things', good, {
            headers: { authorization: Buffer.from(authorization).toString('latin1') },
          }),
      ] as const,
  ),
  [
    'a token in the query',
    [401, 'unauthenticated'],
    () => api.post(`/api/things?access_token=${member.token}`, good),
  ],
  [
    'malformed JSON',
    [400, 'invalid_request'],
    () => api.post('/api/things', undefined, { ...member, raw: '{"kind":' }),
  ],
  [
    'JSON that is not UTF-8',
    [400, 'invalid_request'],
    () => api.post('/api/things', undefined, { ...member, raw: Buffer.from('{"kind":"\xff"}', 'latin1') }),
  ],
  ['JSON null', [400, 'invalid_request'], () => api.post('/api/notes', undefined, { raw: 'null' })],
  ['a JSON list', [400, 'invalid_request'], () => api.post('/api/things', [good], member)],
  [
    'JSON that is nested too deeply',
    [400, 'invalid_request'],
    () => api.post('/api/notes', undefined, { raw: '['.repeat(8_000) }),
  ],
  ['a body on a route without one', [400, 'invalid_request'], () => api.post('/api/ping', { x: 1 })],
  ['a missing body', [400, 'invalid_request'], () => api.post('/api/things', undefined, member)],
  ['a query on a route without one', [400, 'invalid_request'], () => api.post('/api/ping?x=1')],
  [
    'a wrong content type',
    [415, 'unsupported_media_type'],
    () => api.post('/api/things', good, { ...member, headers: { 'content-type': 'text/plain' } }),
  ],
  [
    'a form',
    [415, 'unsupported_media_type'],
    () =>
      api.post('/api/things', undefined, {
        ...member,
        raw: 'kind=tea',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
  ],
  [
    'a compressed body',
    [415, 'unsupported_media_type'],
    () => api.post('/api/things', good, { ...member, headers: { 'content-encoding': 'gzip' } }),
  ],
  [
    'a rule of the domain',
    [409, 'sold_out'],
    () => api.post('/api/things', { ...good, amount: 101 }, member),
  ],
] as const) {
  test(`${what} is ${status} ${code}`, async (t) => {
    const reply = await ask();
    t.is(reply.status, status, reply.text);
    t.is(reply.headers['content-type'], 'application/problem+json');
    t.like(reply.body, { type: `urn:guichet:problem:${code}`, status, code });
    t.is(reply.body.correlation_id, reply.headers['x-request-id']);
    t.true(typeof reply.body.title === 'string' && typeof reply.body.detail === 'string');
    t.is(reply.headers['cache-control'], 'no-store');
    if (status === 401) t.is(reply.headers['www-authenticate'], 'Bearer');
  });
}

for (const [what, body, errors] of [
  ['an unknown field', { ...good, colour: 'red' }, [['colour', /not known in the body/]]],
  [
    'a field of the prototype',
    JSON.parse('{"kind":"tea","amount":3,"__proto__":{"x":1}}'),
    [['__proto__', /not known/]],
  ],
  ['a wrong type', { ...good, amount: '3' }, [['amount', /expected (int|number)/]]],
  ['a fraction', { ...good, amount: 1.5 }, [['amount', /int/]]],
  [
    'several faults',
    { kind: 'milk', x: 1 },
    [
      ['kind', /tea/],
      ['amount', /./],
      ['x', /not known/],
    ],
  ],
  [
    'a deeply nested fault',
    { ...good, notes: [{ text: 'ok' }, { text: 'too long', y: 1 }] },
    [
      ['notes.1.text', /5/],
      ['notes.1.y', /not known/],
    ],
  ],
] as const) {
  test(`the reply names ${what} with its path`, async (t) => {
    const reply = await api.post('/api/things', undefined, { ...member, raw: JSON.stringify(body) });
    t.is(reply.status, 400);
    const reported: { path: string; message: string }[] = reply.body.errors;
    t.deepEqual(
      reported.map(({ path }) => path).toSorted(),
      errors.map(([path]) => path as string).toSorted(),
    );
    for (const [path, message] of errors)
      t.regex(reported.find((one) => one.path === path)?.message ?? '', message);
  });
}

for (const [query, path] of [
  ['colour=red', 'colour'],
  ['limit=0', 'limit'],
  ['limit=201', 'limit'],
  ['limit=1.5', 'limit'],
  ['limit=%2B5', 'limit'],
  ['limit=5&limit=6', 'limit'],
  ['kind=milk', 'kind'],
  ['kind[]=tea', 'kind[]'],
  ['__proto__=x', '__proto__'],
  ['constructor=x', 'constructor'],
  ['cursor=abc', 'cursor'],
  ['cursor=WyJ4Il0', 'cursor'],
]) {
  test(`the query ?${query} is refused, and the reply names the field`, async (t) => {
    const reply = await api.get(`/api/things?${query}`);
    t.is(reply.status, 400, reply.text);
    t.is(reply.body.errors[0].path, path);
  });
}

test('a query is read with its defaults, and a cursor is read back unchanged', async (t) => {
  const { body } = await api.get('/api/things?kind=tea&q=%C3%A9%20%26');
  t.like(seen[0]?.query, { limit: 50, kind: 'tea', q: 'é &' });
  t.is((await api.get(`/api/things?limit=200&cursor=${body.next}`)).status, 200);
});

test('an empty body and an empty object are the same as no body', async (t) => {
  t.is((await api.post('/api/ping')).status, 204);
  t.is((await api.post('/api/ping', {})).status, 204);
  t.is((await raw({ method: 'POST', path: '/api/ping', headers: { 'content-length': '0' } })).status, 204);
  const chunked = { method: 'POST', path: '/api/ping', headers: { 'transfer-encoding': 'chunked' } };
  t.is((await raw(chunked)).status, 204);
  t.is((await raw({ ...chunked, chunks: ['{}'] })).status, 415);
  t.is((await api.post('/api/notes')).status, 204);
  t.deepEqual(seen.find(({ route }) => route === 'POST /api/notes')?.body, {});
});

test('every media type of JSON is accepted', async (t) => {
  for (const type of [
    'application/json; charset=utf-8',
    'Application/JSON',
    'application/merge-patch+json',
  ]) {
    const reply = await api.post('/api/things', good, { ...member, headers: { 'content-type': type } });
    t.is(reply.status, 201, type);
  }
});

test('405 and OPTIONS list the allowed methods', async (t) => {
  const refused = await api.put(`/api/things/${ID}`, {}, member);
  t.is(refused.status, 405);
  t.deepEqual(String(refused.headers.allow).split(', ').toSorted(), ['DELETE', 'GET', 'HEAD']);
  const options = await raw({ method: 'OPTIONS', path: '/api/things' });
  t.is(options.status, 204);
  t.deepEqual(String(options.headers.allow).split(', ').toSorted(), ['GET', 'HEAD', 'POST']);
  t.is((await raw({ method: 'OPTIONS', path: '/api/nothing' })).status, 404);
  t.is((await raw({ method: 'TRACE', path: '/api/things' })).status, 405);
});

test('HEAD is GET without the body', async (t) => {
  const reply = await raw({ method: 'HEAD', path: '/api/things' });
  t.is(reply.status, 200);
  t.is(reply.body, '');
  t.true(Number(reply.headers['content-length']) > 0);
  t.is((await raw({ method: 'HEAD', path: '/api/nothing' })).status, 404);
});

const filler = (bytes: number) => `{"kind":"tea","amount":1,"notes":[{"text":"${'x'.repeat(bytes)}"}]}`;

for (const [path, limitBytes] of [
  ['/api/things', 16 * 1024],
  ['/api/operations/decisions', bodyBytesMax('POST', '/api/operations/decisions')],
] as const) {
  test(`${path} accepts a body of ${limitBytes} bytes; one byte more is 413, declared or not`, async (t) => {
    const exact = filler(limitBytes - filler(0).length);
    t.is(Buffer.byteLength(exact), limitBytes);
    t.is((await api.post(path, undefined, { ...member, raw: exact })).status, 400, 'read and validated');
    const declared = await api.post(path, undefined, { ...member, raw: `${exact} ` });
    t.is(declared.status, 413);
    t.is(declared.body.code, 'payload_too_large');
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${member.token}` };
    const chunks = Array.from({ length: 5 }, () => 'x'.repeat(limitBytes / 4));
    const chunked = await raw({ method: 'POST', path, headers, chunks });
    t.is(chunked.status, 413);
    t.is(JSON.parse(chunked.body).code, 'payload_too_large');
  });
}

test('a body that is declared as too large is refused before any of it arrives', async (t) => {
  const { port } = new URL(api.origin);
  const reply = await new Promise<string>((resolve) => {
    const socket = connect(Number(port), '127.0.0.1', () =>
      socket.write(
        'POST /api/notes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 16385\r\n\r\n',
      ),
    );
    socket.once('data', (data) => {
      socket.destroy();
      resolve(String(data));
    });
  });
  t.regex(reply, /^HTTP\/1\.1 413 /);
});

test('the size of the reply is bounded, however many faults there are and however long', async (t) => {
  const unknown = Object.fromEntries(
    Array.from({ length: 90 }, (_, index) => [`${'k'.repeat(140)}${index}`, 0]),
  );
  const notes = Array.from({ length: 900 }, () => ({ text: 0 }));
  for (const body of [unknown, { ...good, notes: Array(1_000).fill(0) }, { ...good, notes }]) {
    const reply = await api.post('/api/operations/decisions', body, member);
    t.is(reply.status, 400);
    t.true(reply.body.errors.length <= 20, String(reply.body.errors.length));
    t.true(reply.text.length < 8_000, String(reply.text.length));
  }
  const query = Array.from({ length: 1_500 }, (_, index) => `k${index}=`).join('&');
  const asked = await api.get(`/api/things?${query}`);
  t.is(asked.status, 400);
  t.true(asked.body.errors.length <= 20);
});

test('no parameter is ignored, even if there are many', async (t) => {
  const repeated = Array.from({ length: 1_100 }, () => 'q=').join('&');
  t.is((await api.get(`/api/things?${repeated}&colour=red`)).body.errors.at(-1).path, 'colour');
});

for (const query of ['q=%ED%A0%80', 'q=%FF', 'q=%E0%A4', 'q=%', 'q=%zz', '%C0%80=x', 'q=a%']) {
  test(`the query ?${query} is not UTF-8 and is refused`, async (t) => {
    t.like(await api.get(`/api/things?${query}`), { status: 400, body: { code: 'invalid_request' } });
  });
}

test('an Idempotency-Key is validated and passed to the handler if the route takes one', async (t) => {
  const send = (key: string) =>
    api.post('/api/operations/decisions', good, { ...member, headers: { 'idempotency-key': key } });
  t.is((await send('k 1')).status, 201);
  t.is(seen.find(({ route }) => route === 'POST /api/operations/decisions')?.idempotencyKey, 'k 1');
  t.is((await send('k'.repeat(255))).status, 201);
  for (const key of ['k'.repeat(256), 'k'.repeat(8_000), Buffer.from('é').toString('latin1'), 'a\tb']) {
    const reply = await send(key);
    t.is(reply.status, 400, key.slice(0, 10));
    t.is(reply.body.errors[0].path, 'Idempotency-Key');
  }
  await api.post('/api/things', good, { ...member, headers: { 'idempotency-key': 'é'.repeat(3) } });
  t.is(seen[0]?.idempotencyKey, null);
});

test('a declared header is validated', async (t) => {
  const asked = (value: string) => api.get('/api/slow', { headers: { 'x-pace': value } });
  t.is((await asked('slow')).status, 200);
  t.is((await asked('x'.repeat(11))).body.errors[0].path, 'x-pace');
});

test('a path without parameters takes precedence over one with parameters', async (t) => {
  const refused = await api.delete('/api/things/best', undefined, member);
  t.is(refused.status, 405);
  t.deepEqual(String(refused.headers.allow).split(', ').toSorted(), ['GET', 'HEAD']);
  const options = await raw({ method: 'OPTIONS', path: '/api/things/best/' });
  t.is(options.status, 204);
  t.deepEqual(String(options.headers.allow).split(', ').toSorted(), ['GET', 'HEAD']);
  t.is((await api.get('/api/things/best')).body.id, 'best');
  t.is((await raw({ method: 'HEAD', path: '/api/things/best' })).status, 200);
});

test.serial(
  'a client that disconnects while it sends is not an error: 499, and nothing above debug',
  async (t) => {
    lines.length = 0;
    const { port } = new URL(api.origin);
    const leaving = ['resetAndDestroy', 'destroy', 'end'] as const;
    const framings = ['Content-Length: 5000', 'Transfer-Encoding: chunked'];
    for (const [leave, framing] of leaving.flatMap((way) => framings.map((one) => [way, one] as const))) {
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(
        `POST /api/notes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${framing}\r\n\r\n`,
      );
      socket.write(framing.startsWith('T') ? '5\r\n{"tex\r\n' : '{"tex');
      await sleep(50);
      socket[leave]();
    }
    const finished = () =>
      lines
        .map((line) => JSON.parse(line))
        .filter(({ msg, route }) => msg === 'request' && route === '/api/notes');
    await eventually(() => finished().length === 6);
    t.deepEqual(
      finished().map(({ status }) => status),
      Array(6).fill(499),
    );
    await sleep(50);
    t.deepEqual(
      lines.filter((line) => !['debug', 'trace'].includes(JSON.parse(line).level)),
      [],
    );
  },
);

test('a client that is still sending megabytes still reads its 413, and can send another request', async (t) => {
  for (let times = 0; times < 5; times += 1) {
    const reply = await api.post('/api/things', undefined, { ...member, raw: 'x'.repeat(8 * MEGABYTE) });
    t.is(reply.status, 413);
  }
  t.is((await api.post('/api/things', good, member)).status, 201);
});

test('a client that never stops sending is disconnected', async (t) => {
  const { port } = new URL(api.origin);
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    `POST /api/notes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${2 ** 40}\r\n\r\n`,
  );
  let sentBytes = 0;
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const pump = () => {
    while (!socket.destroyed && socket.write(chunk)) sentBytes += chunk.length;
  };
  socket.on('drain', pump);
  pump();
  await new Promise((resolve) => socket.once('close', resolve));
  t.true(sentBytes < 64 * MEGABYTE, `${sentBytes} bytes`);
});

test('a valid request id is used, otherwise one is generated, and it is in every line of the log', async (t) => {
  const taken = await api.get('/api/things', { headers: { 'x-request-id': 'My.request_1-x' } });
  t.is(taken.headers['x-request-id'], 'My.request_1-x');
  t.is(seen[0]?.correlationId, 'My.request_1-x');
  for (const bad of ['', 'a b', 'é', 'x'.repeat(65), 'a"b', '../x']) {
    const made = await raw({
      method: 'GET',
      path: '/api/things',
      headers: { 'x-request-id': bad === 'é' ? 'Ã©' : bad },
    });
    t.regex(String(made.headers['x-request-id']), /^[0-9a-f-]{36}$/, bad);
  }
  t.true(lines.some((line) => JSON.parse(line).correlation_id === 'My.request_1-x'));
});

test('a handler gets the caller, the client’s address as the edge saw it, and the route', async (t) => {
  const headers = { 'x-forwarded-for': '203.0.113.9, 10.0.0.1', 'user-agent': 'Test/1' };
  await api.post('/api/things', good, { ...member, headers });
  const request = seen.find(({ ip }) => ip === '203.0.113.9');
  t.like(request, { userAgent: 'Test/1', route: 'POST /api/things' });
  t.is(request?.caller?.role, 'member');
});

test('a refusal distinguishes role and scope, and is reported', async (t) => {
  const agent = tokens.issue({ role: 'agent', userId: ID });
  const wrongRole = await api.post('/api/things', good, { token: agent });
  t.like(wrongRole.body, { status: 403, code: 'forbidden' });
  const narrow = tokens.issue({ scopes: ['profile'], userId: ID });
  const wrongScope = await api.post('/api/things', good, { token: narrow });
  t.like(wrongScope.body, { status: 403, code: 'insufficient_scope' });
  const wide = tokens.issue({ role: 'member', scopes: ['operations:decide'] });
  t.is((await api.delete(`/api/things/${ID}`, undefined, { token: wide })).body.code, 'forbidden');
  t.is((await api.get(`/api/things/${ID}`, { token: tokens.issue({ scopes: ['logs:read'] }) })).status, 200);
  t.deepEqual(
    denied.filter(({ user }) => user === ID),
    [
      { user: ID, route: '/api/things' },
      { user: ID, route: '/api/things' },
    ],
  );
});

test('a route for signed-in users refuses a personal API token', async (t) => {
  t.is((await api.post('/api/sessions', undefined, member)).status, 204);
  const personal = await api.post('/api/sessions', undefined, { token: tokens.issue({ kind: 'api' }) });
  t.like(personal.body, { status: 403, code: 'insufficient_scope' });
  t.is((await api.post('/api/things', good, { token: tokens.issue({ kind: 'api' }) })).status, 201);
});

test('access is checked before input: without a token a client does not learn what a route accepts', async (t) => {
  t.is((await api.post('/api/things', { x: 1 })).status, 401);
  t.is((await api.get('/api/things/7')).status, 401);
});

const secret = 'SELECT password FROM users at /srv/app/store.ts';
for (const [what, thrown, status, code] of [
  ['an unexpected error', new Error(secret), 500, 'internal_error'],
  ['a thrown string', secret, 500, 'internal_error'],
  ['a thrown undefined', undefined, 500, 'internal_error'],
  [
    'an error with its own status 404',
    Object.assign(new Error(secret), { status: 404, expose: true }),
    500,
    'internal_error',
  ],
  ['an unavailable database', Object.assign(new Error(secret), { code: 'ECONNREFUSED' }), 503, 'unavailable'],
  ['a deadlock after the last retry', Object.assign(new Error(secret), { errno: 1213 }), 503, 'unavailable'],
  ['a full queue', new QueueFullError(secret), 503, 'unavailable'],
  ['an unavailable service', new PeerUnreachableError(secret), 503, 'unavailable'],
  ['a refusal with an internal text', new Problem('gone', 410, 'Gone', { internal: secret }), 410, 'gone'],
] as const) {
  test.serial(`${what} is ${status} ${code}, and nothing of it leaks`, async (t) => {
    failing.with = thrown;
    lines.length = 0;
    const reply = await api.get('/api/fails');
    t.like(reply.body, { status, code });
    t.notRegex(reply.text + JSON.stringify(reply.headers), /SELECT|srv|stack/);
    t.deepEqual(Object.keys(reply.body).toSorted(), [
      'code',
      'correlation_id',
      'detail',
      'status',
      'title',
      'type',
    ]);
    if (status === 503) t.is(reply.headers['retry-after'], '1');
    if (status < 500) return;
    const line = lines.map((text) => JSON.parse(text)).find(({ level }) => level === 'error');
    t.is(line.correlation_id, reply.body.correlation_id);
    t.is(line.problem, code);
    if (thrown !== undefined) t.true(JSON.stringify(line).includes('SELECT'), 'the log has the cause');
  });
}

test('routes between services do not exist for others', async (t) => {
  t.is((await api.get('/internal/any')).status, 404);
  t.is((await api.get('/internal/auth-only', member)).status, 404);
});

test('a stream is sent as it is produced', async (t) => {
  const reply = await api.get('/api/export');
  t.is(reply.headers['content-type'], 'text/csv; charset=utf-8');
  t.is(reply.text, 'a,b\n1,2\n');
});

test('a reply with an invalid header is an internal error', async (t) => {
  const reply = await raw({ method: 'GET', path: '/api/wrong?as=header' });
  t.is(reply.status, 500);
  t.is(JSON.parse(reply.body).code, 'internal_error');
  t.is(reply.headers['x-note'], undefined);
});

test.serial('/readyz names what is missing', async (t) => {
  t.deepEqual((await api.get('/readyz')).body, { ready: true, missing: [] });
  missing.push('database');
  const reply = await api.get('/readyz');
  missing.pop();
  t.is(reply.status, 503);
  t.deepEqual(reply.body, { ready: false, missing: ['database'] });
});

test('the contract client detects a reply that does not match the document', async (t) => {
  await t.throwsAsync(api.get('/api/wrong?as=type'), { message: /breaks its contract(.|\n)*amount/ });
  await t.throwsAsync(api.get('/api/wrong?as=field'), { message: /breaks its contract(.|\n)*kind/ });
  await t.throwsAsync(api.get('/api/wrong?as=status'), { message: /does not declare a JSON body for 201/ });
});

test('no body, query or header causes a 500', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.json(), fc.webQueryParameters(), async (body, query) => {
      const posted = await api.post('/api/things', undefined, { ...member, raw: body });
      t.true([201, 400, 409].includes(posted.status), body);
      t.true([200, 400].includes((await api.get(`/api/things?${query}`)).status), query);
    }),
    { numRuns: 100 },
  );
});

test('a reply with an ETag is sent without its body to a client that has it', async (t) => {
  const request = (etag: string) =>
    raw({ method: 'GET', path: '/api/price-list', headers: { 'if-none-match': etag } });
  for (const etag of ['"1"', 'W/"1"', '"0", "1"', '*']) {
    const { status, headers, body } = await request(etag);
    t.deepEqual([status, body], [304, ''], etag);
    t.like(headers, { etag: '"1"', 'cache-control': 'public, max-age=60' });
    t.is(headers['content-type'], undefined);
  }
  for (const etag of ['"2"', '']) {
    const { status, headers, body } = await request(etag);
    t.deepEqual([status, body], [200, '{"tea":3}'], etag);
    t.is(headers.etag, '"1"');
  }
});

test.serial(
  'the trace of a peer is continued, and one that is not valid is replaced, in every line of the log',
  async (t) => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const traceOf = async (id: string, headers: Record<string, string>) => {
      await api.get('/api/things', { headers: { 'x-request-id': id, ...headers } });
      const found = () => lines.map((line) => JSON.parse(line)).find((line) => line.correlation_id === id);
      return (await eventually(found)).trace_id as string;
    };
    t.is(await traceOf('traced-1', { traceparent }), '4bf92f3577b34da6a3ce929d0e0e4736');
    const [one, two] = [
      await traceOf('traced-2', {}),
      await traceOf('traced-3', { traceparent: `${traceparent}x` }),
    ];
    t.regex(one, /^[0-9a-f]{32}$/);
    t.regex(two, /^[0-9a-f]{32}$/);
    t.is(new Set([one, two, '4bf92f3577b34da6a3ce929d0e0e4736']).size, 3);
  },
);

test.serial(
  'a request is a span with the template of its route and nothing that the client sent',
  async (t) => {
    const collector = await startOtlpCollector();
    t.teardown(() => collector.close());
    const traces = await startTracing({
      endpoint: collector.endpoint,
      headers: {},
      sampler: 'always_on',
      ratio: 1,
      resource: {},
      onOutcome: () => undefined,
    });
    await api.get(`/api/things/${ID}`, member);
    await api.get('/api/things?q=planted&kind=tea');
    await api.get('/readyz');
    await api.get('/api/nothing/planted');
    await sleep(50);
    await traces.stop();
    const names = collector.spans.map(({ name }) => name).sort();
    t.deepEqual(names, ['GET (none)', 'GET /api/things', 'GET /api/things/:id']);
    t.like(collector.spans[0], {
      kind: 'server',
      attributes: {
        'http.route': '/api/things/:id',
        'http.request.method': 'GET',
        'http.response.status_code': 200,
      },
    });
    for (const body of collector.bodies) t.false(body.includes('planted') || body.includes(ID));
  },
);
