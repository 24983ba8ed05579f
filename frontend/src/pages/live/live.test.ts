import { once } from 'node:events';
import { request as requestHttp } from 'node:http';
import { eventually } from '@guichet/testing';
import test, { type ExecutionContext } from 'ava';
import { pendingTransfer } from '../../testing/answers/operations.ts';
import { Browser } from '../../testing/browser.ts';
import { buildLogEntry, buildUser, fakeId } from '../../testing/fixtures.ts';
import { problem } from '../../testing/messages.ts';
import { signedIn } from '../../testing/signed-in.ts';
import type { RunningFrontend } from '../../testing/start-frontend.ts';

const alice = buildUser('alice', 'member');
const bruno = buildUser('bruno', 'agent');

interface StreamEvent {
  id?: string;
  event?: string;
  data?: string;
}

async function follow(
  t: ExecutionContext,
  frontend: RunningFrontend,
  browser: Browser,
  query: Record<string, string>,
  headers: Record<string, string> = {},
) {
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const sent = requestHttp(`${frontend.url}/live?${new URLSearchParams(query)}`, {
    headers: { accept: 'text/event-stream', cookie, ...headers },
  });
  sent.on('error', () => undefined).end();
  t.teardown(() => sent.destroy());
  const [response] = await once(sent, 'response');
  const reader = {
    status: response.statusCode as number,
    headers: response.headers as Record<string, string>,
    text: '',
    ended: false,
    close: () => sent.destroy(),
    events: (event: string): StreamEvent[] =>
      reader.text
        .split('\n\n')
        .map(
          (block) =>
            Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s))) as StreamEvent,
        )
        .filter((one) => one.event === event),
  };
  response.setEncoding('utf8').on('data', (chunk: string) => {
    reader.text += chunk;
  });
  response.on('close', () => {
    reader.ended = true;
  });
  return reader;
}

const decided = (sequence: number, data: Record<string, unknown>, subjectId = pendingTransfer.id) =>
  buildLogEntry(sequence, bruno, {
    sequence,
    time: new Date().toISOString(),
    action: 'TRANSFER_POSTED',
    subject: { type: 'operation', id: subjectId },
    data: { type: 'external_transfer', amount: 20_000, currency: 'EUR', status: 'posted', ...data },
  });

test('a member is notified of a decision on their request, with a link to it', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  const reader = await follow(t, frontend, browser, { for: alice.id });
  t.is(reader.headers['content-type'], 'text/event-stream; charset=utf-8');
  t.is(reader.headers['cache-control'], 'no-store, no-transform');
  await eventually(() => reader.events('mark').length === 1);
  frontend.bank.stream.publish(decided(1_001, {}));
  await eventually(() => reader.events('news').length === 1);
  const [news] = reader.events('news');
  t.is(news?.id, '1001');
  t.deepEqual(JSON.parse(news?.data ?? ''), {
    kind: 'success',
    text: 'Transfer, €200.00: approved',
    href: `/operations/${pendingTransfer.id}`,
    count: 1,
    isLate: false,
  });
});

test('a member is notified of money that they received, without learning of the payer’s operation', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  const reader = await follow(t, frontend, browser, { for: alice.id });
  const ofAnother = fakeId(3, 77);
  frontend.bank.stream.publish(decided(1_001, { status: 'rejected' }, ofAnother));
  frontend.bank.stream.publish(decided(1_002, {}, ofAnother));
  await eventually(() => reader.events('news').length === 1);
  const { text, href } = JSON.parse(reader.events('news')[0]?.data ?? '');
  t.deepEqual([text, href], ['You received €200.00', '/dashboard']);
  t.false(reader.text.includes(ofAnother));
});

test('a member is notified of a standing order that pays nothing, and not of a payment that is only due', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  const reader = await follow(t, frontend, browser, { for: alice.id });
  const ofBank = (sequence: number, action: string, data: Record<string, unknown>) => ({
    ...decided(sequence, { type: 'standing_order', status: undefined, ...data }),
    action,
    actor: null,
  });
  frontend.bank.stream.publish(
    ofBank(1_001, 'TRANSFER_SCHEDULED', {
      type: 'external_transfer',
      status: 'scheduled',
      execute_on: '2026-12-01',
      standing_order_id: fakeId(15, 1),
    }),
  );
  frontend.bank.stream.publish(ofBank(1_002, 'STANDING_ORDER_SKIPPED', { code: 'insufficient_funds' }));
  frontend.bank.stream.publish(ofBank(1_003, 'STANDING_ORDER_SUSPENDED', { code: 'retired_rib' }));
  await eventually(() => reader.events('news').length === 2);
  const news = reader.events('news').map(({ data }) => JSON.parse(data ?? ''));
  t.deepEqual(
    news.map(({ kind, text, href }) => [kind, text, href]),
    [
      ['refusal', 'Standing order, €200.00: a payment was skipped', `/standing-orders/${pendingTransfer.id}`],
      ['refusal', 'Standing order, €200.00: suspended', `/standing-orders/${pendingTransfer.id}`],
    ],
  );
});

test('what users do themselves is no news to them', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  const reader = await follow(t, frontend, browser, { for: alice.id });
  frontend.bank.stream.publish({
    ...decided(1_001, { status: 'cancelled' }),
    actor: { ...alice, id: alice.id },
  });
  frontend.bank.stream.publish(decided(1_002, {}));
  await eventually(() => reader.events('news').length === 1);
  t.is(reader.events('news')[0]?.id, '1002');
});

test('a page that comes back gets what it missed, by Last-Event-ID or by its address', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  const first = await follow(t, frontend, browser, { for: alice.id });
  await eventually(() => first.events('mark').length === 1);
  const after = first.events('mark')[0]?.id ?? '';
  first.close();
  frontend.bank.stream.publish(decided(1_001, {}));
  const [byHeader, byAddress] = await Promise.all([
    follow(t, frontend, browser, { for: alice.id }, { 'last-event-id': after }),
    follow(t, frontend, browser, { for: alice.id, after }),
  ]);
  await eventually(() => byHeader.events('news').length === 1 && byAddress.events('news').length === 1);
  const invalid = await follow(t, frontend, browser, { for: alice.id, after: '1 OR 1' });
  t.is(invalid.status, 200);
});

test('agents are notified of arrivals in sums, with the counts', async (t) => {
  const { frontend, browser } = await signedIn(t, 'bruno');
  frontend.bank.answerNext('GET', '/api/inbox/counts', { status: 200, body: { mine: 7, second_agent: 1 } });
  const reader = await follow(t, frontend, browser, { for: bruno.id });
  for (let sequence = 1_001; sequence <= 1_100; sequence += 1)
    frontend.bank.stream.publish(buildLogEntry(sequence, alice, { sequence, action: 'TRANSFER_REQUESTED' }));
  const own = { sequence: 1_101, action: 'OVERDRAFT_REQUESTED' };
  frontend.bank.stream.publish(buildLogEntry(1_101, bruno, own));
  await eventually(() => reader.events('counts').length === 1);
  t.deepEqual(
    reader.events('news').map(({ data }) => JSON.parse(data ?? '').text),
    ['100 new requests'],
  );
  t.is(reader.events('counts')[0]?.data, '{"/inbox":8}', 'with the registration that waits');
});

test('a page of an earlier user or of a visitor gets nothing', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  for (const query of [{ for: bruno.id }, { for: '' }, {}] as Record<string, string>[]) {
    const reader = await follow(t, frontend, browser, query);
    await eventually(() => reader.ended);
    t.deepEqual(
      reader.events('end').map(({ data }) => data),
      ['"signed_out"'],
    );
  }
  const visitor = await follow(t, frontend, new Browser(frontend.url), { for: alice.id });
  await eventually(() => visitor.events('end').length === 1);
  t.is(frontend.bank.stream.open.size, 0);
});

test('an open page alone renews no token: when it expires, the stream ends until the user does something', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  const renewals = () => frontend.bank.requests.filter(({ path }) => path === '/api/auth/refresh').length;
  const refuse = () =>
    frontend.bank.answerNext('GET', '/api/logs/stream', {
      status: 401,
      body: problem(401, 'unauthenticated'),
    });
  refuse();
  const idle = await follow(t, frontend, browser, { for: alice.id });
  await eventually(() => idle.events('end').length === 1);
  t.is(idle.events('end')[0]?.data, '"idle"');
  t.is(idle.headers['set-cookie'], undefined);
  t.is(renewals(), 0);
  refuse();
  const active = await follow(t, frontend, browser, { for: alice.id, active: 'yes' });
  await eventually(() => active.events('mark').length === 1);
  t.is(renewals(), 1);
  t.truthy(active.headers['set-cookie']);
});

test('a part that a script loads again renews no token, and does not sign the user out', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  frontend.bank.answerNext('GET', '/api/accounts', { status: 401, body: problem(401, 'unauthenticated') });
  const before = browser.cookies.get('guichet');
  const refreshed = await browser.get('/dashboard', { 'x-guichet-passive': 'yes' });
  t.is(refreshed.status, 401);
  t.is(browser.cookies.get('guichet'), before);
  t.false(frontend.bank.requests.some(({ path }) => path === '/api/auth/refresh'));
  t.is((await browser.get('/dashboard')).status, 200);
});

test('a user’s seventh stream ends their first', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  const readers: Awaited<ReturnType<typeof follow>>[] = [];
  for (let count = 0; count < 7; count += 1)
    readers.push(await follow(t, frontend, browser, { for: alice.id }));
  await eventually(() => readers[0]?.ended);
  t.deepEqual(
    readers.map(({ ended }) => ended),
    [true, ...Array.from({ length: 6 }, () => false)],
  );
  await eventually(() => frontend.bank.stream.open.size === 6);
});

test('a page that is closed frees its stream; one without a log service can try again', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  const reader = await follow(t, frontend, browser, { for: alice.id });
  await eventually(() => frontend.bank.stream.open.size === 1);
  reader.close();
  t.truthy(await eventually(() => frontend.bank.stream.open.size === 0));
  frontend.bank.down.add('logging');
  t.is((await follow(t, frontend, browser, { for: alice.id })).status, 503);
});

test('while accounts is down, a decision on the user’s own request is not called money received; it comes afterwards', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  const reader = await follow(t, frontend, browser, { for: alice.id });
  await eventually(() => reader.events('mark').length === 1);
  frontend.bank.down.add('accounts');
  frontend.bank.stream.publish(decided(1_001, {}));
  await eventually(() => reader.ended);
  t.deepEqual(reader.events('news'), []);
  frontend.bank.down.delete('accounts');
  const after = reader.events('mark').at(-1)?.id ?? '';
  const back = await follow(t, frontend, browser, { for: alice.id, after });
  await eventually(() => back.events('news').length === 1);
  t.is(JSON.parse(back.events('news')[0]?.data ?? '').text, 'Transfer, €200.00: approved');
});

const chloe = buildUser('chloe', 'agent');
const ofSuperuser = () => [
  buildLogEntry(1_001, chloe, { action: 'EMAIL_CONFIRMED', data: {} }),
  buildLogEntry(1_002, alice, { action: 'EMAIL_CONFIRMED', data: {} }),
  buildLogEntry(1_003, null, { action: 'SERVICE_ERROR', level: 'ERROR', service: 'mailer', data: {} }),
  buildLogEntry(1_004, null, { action: 'MAIL_DEAD_LETTERED', level: 'ERROR', service: 'mailer', data: {} }),
];

test('the superuser is notified of agents who accepted their invitation and of problems, in sums', async (t) => {
  const { frontend, browser } = await signedIn(t, 'root');
  const reader = await follow(t, frontend, browser, { for: buildUser('root', 'superuser').id });
  await eventually(() => reader.events('mark').length === 1);
  for (const entry of ofSuperuser()) frontend.bank.stream.publish(entry);
  await eventually(() => reader.events('news').length === 2);
  const news = reader.events('news').map(({ data }) => JSON.parse(data ?? ''));
  t.deepEqual(
    news.map(({ text, href, count }) => [text, href, count]),
    [
      ['chloe accepted the invitation', `/agents/${chloe.id}`, 1],
      ['2 problems reported', '/logs?level=ERROR', 2],
    ],
  );
  frontend.bank.stream.publish(buildLogEntry(1_005, null, { action: 'SERVICE_WARNING', level: 'WARNING' }));
  await eventually(() => reader.events('change').length === 1);
  t.is(reader.events('news').length, 2, 'a warning is no news, but changes the pages');
});

for (const user of [alice, bruno]) {
  test(`a ${user.role} gets nothing of what the superuser is notified of`, async (t) => {
    const { frontend, browser } = await signedIn(t, user.username);
    const root = await follow(t, frontend, browser, { for: buildUser('root', 'superuser').id });
    await eventually(() => root.ended);
    t.is(root.events('end')[0]?.data, '"signed_out"');
    const reader = await follow(t, frontend, browser, { for: user.id, role: 'superuser' });
    await eventually(() => reader.events('mark').length === 1);
    for (const entry of ofSuperuser()) frontend.bank.stream.publish(entry);
    frontend.bank.stream.publish(
      user.role === 'agent'
        ? buildLogEntry(1_009, alice, { action: 'TRANSFER_REQUESTED' })
        : decided(1_009, {}),
    );
    await eventually(() => reader.events('news').length > 0);
    t.is(reader.events('news').length, 1);
    t.notRegex(reader.text, /chloe|accepted|problem/);
    t.is(reader.events('change').length, 0);
  });
}
