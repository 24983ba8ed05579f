import { createServer } from 'node:net';
import { LINE_LEVELS } from '@guichet/contract';
import { testDatabase } from '@guichet/testing';
import { withinTrace } from '@guichet/tracing';
import test from 'ava';
import { changeLevel, createLog, onTrouble } from './index.ts';

const { db, drop } = await testDatabase();
test.after.always(drop);
test.before(() =>
  db.raw('CREATE TABLE person (id INT PRIMARY KEY, username VARCHAR(40) UNIQUE, hash VARCHAR(8) NOT NULL)'),
);

function captured(level = 'debug') {
  const lines: string[] = [];
  const log = createLog({ service: 'test', level }, { write: (line) => void lines.push(line) });
  // biome-ignore lint/suspicious/noExplicitAny: a line has whatever fields were logged
  return { log, lines, last: (): any => JSON.parse(lines.at(-1) ?? '{}') };
}

test('a line is one JSON object with time, level, service and text', (t) => {
  const { log, lines, last } = captured();
  log.info({ port: 8443, at: new Date(0), big: 2n ** 60n }, 'listening\nstill one line');
  t.is(lines.length, 1);
  t.is(lines[0]?.trimEnd().split('\n').length, 1);
  t.like(last(), { level: 'info', service: 'test', msg: 'listening\nstill one line', port: 8443 });
  t.regex(last().time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  t.is(last().at, '1970-01-01T00:00:00.000Z');
});

test('a secret is redacted at any depth, in lists, in child loggers, and in any spelling of its name', (t) => {
  const { log, lines } = captured();
  const secret = 'S3cr3t-value';
  log.info({
    password: secret,
    one: { two: { three: { four: { new_password: secret, accessToken: secret } } } },
    list: [{ refresh_token: secret }, { headers: { Authorization: secret, 'set-cookie': [secret] } }],
    SMTP_PASSWORD: secret,
    SMTP_URL: `smtp://bank:${secret}@mail.example`,
    settings: { KEY_ENCRYPTION_KEY: secret, EVENT_SECRET_KEY: secret, SESSION_SECRET: secret },
    totp: secret,
    code: secret,
    mail: { link: secret },
    recovery_codes: [secret],
    otpauth_uri: secret,
    key: Buffer.from(secret),
  });
  log.child({ request: { cookie: secret } }).warn('child');
  log.info({ url: `/recover?token=${secret}&x=1`, header: `Bearer ${secret}` }, 'texts');
  t.is(lines.length, 3);
  for (const line of lines) {
    t.false(line.includes(secret), line);
    t.true(line.includes('[redacted]'));
  }
});

test('other fields are kept, and the logged objects are not changed', (t) => {
  const { log, last } = captured();
  const given = {
    token_ttl_seconds: 600,
    user: { username: 'ann', password: 'x', language: null },
    password: null,
  };
  log.info(given, 'kept');
  t.like(last(), {
    token_ttl_seconds: 600,
    user: { username: 'ann', password: '[redacted]', language: null },
  });
  t.is(last().password, null);
  t.is(given.user.password, 'x');
});

test('a personal API token in a text is redacted, and names with its prefix are kept', (t) => {
  const { log, last } = captured();
  const token = `guichet_${'Ab1-_'.repeat(8)}xyz012345`;
  log.info({ url: `https://x.example/${token}?a=1`, metric: 'guichet_up' }, 'texts');
  t.is(last().url, 'https://x.example/[redacted]?a=1');
  t.is(last().metric, 'guichet_up');
  t.false(JSON.stringify(last()).includes('xyz012345'));
});

test('circular and very deep values are cut', (t) => {
  const { log, last } = captured();
  const round: Record<string, unknown> = { name: 'round' };
  round.self = round;
  log.info(
    { round, wide: Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [index, index])) },
    'cut',
  );
  t.is(last().msg, 'cut');
  t.true(JSON.stringify(last()).includes('[too deep]'));
  t.true(JSON.stringify(last()).length < 5_000);
});

test('an error keeps its type, text, stack and causes', (t) => {
  const { log, last } = captured();
  const cause = Object.assign(new Error('refused by bearer abc.def'), { code: 'ECONNREFUSED' });
  log.error({ err: new TypeError('cannot post', { cause }), nested: { failure: cause } }, 'failed');
  t.like(last().err, { type: 'TypeError', message: 'cannot post' });
  t.regex(last().err.stack, /log\.test\.ts/);
  t.like(last().err.cause, { message: 'refused by bearer [redacted]', error_code: 'ECONNREFUSED' });
  t.is(last().nested.failure.error_code, 'ECONNREFUSED');
  log.error(new AggregateError([new Error('one'), new Error('two')], 'all failed'));
  t.deepEqual(
    last().err.errors.map((one: { message: string }) => one.message),
    ['one', 'two'],
  );
  const loop = new Error('loop');
  loop.cause = loop;
  log.error(loop);
  t.is(last().msg, 'loop');
});

const SECRET = "Jean - Paul' SELECT\n    at secret";

for (const [what, query] of Object.entries({
  'a duplicate key': () =>
    db('person').insert([
      { id: 1, username: SECRET, hash: 'x' },
      { id: 2, username: SECRET, hash: 'x' },
    ]),
  'a value too long': () => db('person').insert({ id: 3, username: 'a', hash: SECRET }),
  'a wrong type': () => db('person').insert({ id: SECRET, username: 'b', hash: 'x' }),
  'a wrong column': () => db('person').where({ nothing: SECRET }),
  'a raw statement': () => db.raw('INSERT INTO person (id, username) VALUES (?, ?)', [4, SECRET]),
  'a raw statement with a comment': () =>
    db.raw('/* by name */ SELECT nothing FROM person WHERE hash = ?', [SECRET]),
  'a lost connection': async () => {
    const [[{ id }]] = await db.raw('SELECT CONNECTION_ID() AS id');
    await db.raw('KILL ?', [Number(id)]).catch(() => undefined);
    await db.raw('SELECT SLEEP(0.2), ? FROM nothing', [SECRET]);
  },
})) {
  test.serial(`${what}: the log has the server’s reason, and no bound value`, async (t) => {
    const { log, lines, last } = captured();
    const error = (await t.throwsAsync(async () => void (await query()))) as Error;
    log.error({ err: error }, 'with a text');
    log.error({ err: error });
    log.error(error);
    log.error({ err: new Error('wrapped', { cause: error }), more: { deep: [error] } }, 'wrapped');
    for (const line of lines) t.notRegex(line, /Jean|Paul|secret/, line);
    t.truthy(last().err.cause.message);
    t.notRegex(last().err.cause.message, /insert into|from person|sleep/i);
  });
}

test('a refused connection is logged with its address and reason', async (t) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  const { log, last } = captured();
  const error = await t.throwsAsync(() => fetch(`http://127.0.0.1:${port}`));
  log.warn({ err: error }, 'unavailable');
  t.is(last().err.cause.error_code, 'ECONNREFUSED');
});

test('a listener gets only warnings and errors, also of child loggers', (t) => {
  const { log, lines } = captured();
  const received: string[] = [];
  const end = onTrouble(log.child({ part: 'root' }), (line) => {
    received.push(line);
    log.error('trouble with telling');
  });
  log.info('fine');
  log.warn({ password: 'x' }, 'first');
  log.child({ correlation_id: 'abc' }).error('second');
  t.deepEqual(
    received.map((line) => JSON.parse(line).msg),
    ['first', 'second'],
  );
  t.is(JSON.parse(received[0] ?? '').password, '[redacted]');
  t.is(JSON.parse(received[1] ?? '').correlation_id, 'abc');
  end();
  log.fatal('third');
  t.is(received.length, 2);
  t.is(lines.length, 6);
});

test('the level changes while the log is in use, also for children that exist already', (t) => {
  const { log, lines } = captured('info');
  const child = log.child({ part: 'request' });
  child.debug('one');
  changeLevel(log, 'debug');
  child.child({ more: true }).debug('two');
  log.trace('three');
  t.true(child.isLevelEnabled('debug'));
  changeLevel(child, 'warn');
  log.info('four');
  child.warn('five');
  t.false(log.isLevelEnabled('info'));
  t.deepEqual(
    lines.map((line) => JSON.parse(line).msg),
    ['two', 'five'],
  );
});

test('a log with an unknown level starts at info, so that it can report that setting', (t) => {
  const { log, last } = captured('loud');
  log.info('LOG_LEVEL is invalid');
  t.is(last().msg, 'LOG_LEVEL is invalid');
});

test('secrets are redacted at every level, also after it was lowered', (t) => {
  const { log, lines } = captured('fatal');
  const secret = 'S3cr3t-value';
  changeLevel(log, 'trace');
  for (const level of LINE_LEVELS)
    log.child({ cookie: secret })[level]({ password: secret, url: `/x?token=${secret}` }, `Bearer ${secret}`);
  t.is(lines.length, LINE_LEVELS.length);
  for (const line of lines) t.false(line.replace(/"msg":.*/, '').includes(secret), line);
});

test('a line that is written for a request or a message has its trace and span', async (t) => {
  const { log, lines } = captured();
  const trace = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', sampled: true };
  const place = { trace_id: trace.traceId, span_id: trace.spanId };
  log.info('outside');
  await withinTrace(trace, async () => {
    log.info('inside');
    await undefined;
    log.child({ correlation_id: 'abc' }).warn({ user: 'u1' }, 'a child inside');
  });
  const [outside, inside, child] = lines.map((line) => JSON.parse(line));
  t.false('trace_id' in outside || 'span_id' in outside);
  t.like(inside, { msg: 'inside', ...place });
  t.like(child, { user: 'u1', correlation_id: 'abc', ...place });
});
