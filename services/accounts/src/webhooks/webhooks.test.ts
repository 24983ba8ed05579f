import { inspect } from 'node:util';
import { daysAfter } from '@guichet/calendar';
import { WEBHOOK_EVENTS, WEBHOOKS_MAX, type WebhookEvent } from '@guichet/contract';
import { WebhookPayload } from '@guichet/contract/accounts';
import { newId, queryOnce, uuidBytes } from '@guichet/database';
import { buildUserEvent, eventually } from '@guichet/testing';
import test from 'ava';
import { executeDue } from '../decisions/execute-due.ts';
import { expireOperations } from '../decisions/expire-operations.ts';
import { makePayments } from '../decisions/make-payments.ts';
import { openTestBank, type TestPerson } from '../fixtures.ts';
import { pacs008 } from '../payment-files/files.fixture.ts';
import { saveUsers } from '../people/store.ts';
import { hasWebhooks } from '../webhook-queue/queue-store.ts';
import { deliverNow, keepDelivering } from './deliver-messages.ts';
import { openReceiver, type Received, subscribe, verified } from './fixtures.ts';
import { pruneWebhooks } from './keep-pruning.ts';
import { claimWebhooks, findClaimed, releaseClaim } from './store.ts';

const HOUR = 3_600_000;
const ELSEWHERE = 'FR7630006000011234567890189';

// The tests share a bank, whose clock some of them move, and a receiver.
const bank = await openTestBank();
const receiver = await openReceiver(bank);
test.after.always(async () => {
  await receiver.stop();
  await bank.close();
});

let agent: TestPerson;
let alice: TestPerson;
test.serial.beforeEach(async () => {
  bank.time.now = new Date();
  receiver.received = [];
  receiver.answer = (response) => response.writeHead(204).end();
  for (const table of ['webhooks', 'webhook_deliveries']) await bank.owner(table).delete();
  [agent, alice] = [await bank.person('agent'), await bank.person('member')];
});

const as = ({ token }: TestPerson) => ({ token });
const post = (person: TestPerson, path: string, body?: object, headers: Record<string, string> = {}) =>
  bank.client.post(path, body, { token: person.token, headers });
const types = (received: readonly Received[] = receiver.received) => received.map(({ type }) => type);
const deposit = (account_id: string, amount = 100) => ({ type: 'deposit', account_id, amount });

async function deposited(account: string, amount = 100): Promise<string> {
  const { id } = (await post(alice, '/api/operations', deposit(account, amount))).body;
  await bank.approve(agent, id);
  return id;
}

const deliveriesOf = async (person: TestPerson, id: string, query = '') =>
  (await bank.client.get(`/api/webhooks/${id}/deliveries${query}`, as(person))).body.items;

/** How each kind of event comes about in the bank. Returns the id in its data. */
const CAUSES: Record<WebhookEvent, (account: string) => Promise<string>> = {
  'operation.requested': async (account) => (await post(alice, '/api/operations', deposit(account))).body.id,
  'operation.posted': deposited,
  'operation.rejected': async (account) => {
    const { id } = (await post(alice, '/api/operations', deposit(account))).body;
    await post(agent, `/api/operations/${id}/reject`, { reason: 'No' });
    return id;
  },
  'operation.cancelled': async (account) => {
    const { id } = (await post(alice, '/api/operations', deposit(account))).body;
    await post(alice, `/api/operations/${id}/cancel`);
    return id;
  },
  'operation.expired': async (account) => {
    const { id } = (await post(alice, '/api/operations', deposit(account))).body;
    bank.time.now = new Date(bank.time.now.getTime() + 31 * 24 * HOUR);
    await expireOperations(bank.deps, (command) => bank.queue.decide(command));
    return id;
  },
  'account.opened': () => bank.account(alice, agent),
  'account.closed': async () => {
    const empty = await bank.account(alice, agent);
    const { id } = (await post(alice, `/api/accounts/${empty}/close`)).body;
    await bank.approve(agent, id);
    return empty;
  },
  'account.credited': deposited,
  'account.debited': async (account) => {
    const { id } = (
      await post(alice, '/api/operations', { type: 'withdrawal', account_id: account, amount: 50 })
    ).body;
    await bank.approve(agent, id);
    return id;
  },
  'standing_order.skipped': async (account) => {
    // At noon the bank's morning has come, from which on orders are paid.
    bank.time.now = new Date(bank.time.now.getTime() + 24 * HOUR);
    bank.time.now.setUTCHours(12);
    const { id } = (
      await post(alice, '/api/standing-orders', {
        from_account_id: account,
        to: { name: 'Landlord', iban: ELSEWHERE },
        amount: 400_000,
        every: 'month',
        first_on: daysAfter(bank.deps.rules.calendar.dateOf(bank.time.now), 2),
      })
    ).body;
    await bank.approve(agent, id);
    for (let days = 1; days < 12; days += 1) {
      bank.time.now = new Date(bank.time.now.getTime() + 24 * HOUR);
      await makePayments(bank.deps);
      await executeDue(bank.deps, (command) => bank.queue.decide(command));
    }
    return id;
  },
};

for (const event of WEBHOOK_EVENTS) {
  test.serial(
    `a member and an agent are notified of ${event}, each as the API shows it to them`,
    async (t) => {
      const account = await bank.account(alice, agent, 1_000);
      const mine = await subscribe(bank, alice, receiver.url('/mine'), [event]);
      const banks = await subscribe(bank, agent, receiver.url('/bank'), [event]);
      await subscribe(bank, await bank.person('member'), receiver.url('/other'), [...WEBHOOK_EVENTS]);
      const id = await CAUSES[event](account);
      await deliverNow(bank.deps);
      // Agents are notified of what other tests left, too.
      const about = receiver.received.filter(({ data }) => Object.values(data).includes(id));
      t.deepEqual(about.map(({ path, type }) => [path, type]).sort(), [
        ['/bank', event],
        ['/mine', event],
      ]);
      for (const { body } of about) t.notThrows(() => WebhookPayload.parse(JSON.parse(body)));
      t.deepEqual(
        receiver.received.filter(({ path }) => path === '/other'),
        [],
      );
      const [ids, first] = [new Set(about.map((one) => one.id)), about[0]];
      t.is(ids.size, 1, 'a message has one id for all webhooks');
      t.true(Math.abs(Number(first?.headers['webhook-timestamp']) * 1000 - bank.time.now.getTime()) < 1_000);
      for (const { id: webhookId, person } of [
        { ...mine, person: alice },
        { ...banks, person: agent },
      ])
        t.like((await deliveriesOf(person, webhookId))[0], {
          status: 'delivered',
          attempts: 1,
          response_status: 204,
        });
    },
  );
}

test.serial('a message is what the API answers, and a request is shown as it was requested', async (t) => {
  const account = await bank.account(alice, agent);
  await subscribe(bank, alice, receiver.url(), [
    'operation.requested',
    'operation.posted',
    'account.credited',
  ]);
  const id = await deposited(account);
  await deliverNow(bank.deps);
  t.deepEqual(types(), ['operation.requested', 'operation.posted', 'account.credited']);
  const [requested, posted, credited] = receiver.received;
  t.like(requested?.data, { id, status: 'pending', decisions: [], transfer_id: null, decided_at: null });
  t.deepEqual(posted?.data, (await bank.client.get(`/api/operations/${id}`, as(alice))).body);
  const [entry] = (await bank.client.get(`/api/operations/${id}/entries`, as(alice))).body.items;
  t.deepEqual(credited?.data, entry);
});

test.serial('a payee is notified of the credit, and of nothing that is the payer’s', async (t) => {
  const bob = await bank.person('member', 'Bob Martin');
  const [from, to] = [await bank.account(alice, agent, 1_000), await bank.account(bob, agent)];
  const { iban } = (await bank.client.get(`/api/accounts/${to}`, as(bob))).body;
  await subscribe(bank, bob, receiver.url(), [...WEBHOOK_EVENTS]);
  const body = {
    type: 'external_transfer',
    from_account_id: from,
    to: { name: 'Bob Martin', iban },
    amount: 5,
  };
  await bank.approve(agent, (await post(alice, '/api/operations', body)).body.id);
  await deliverNow(bank.deps);
  t.deepEqual(types(), ['account.credited']);
  t.like(receiver.received[0]?.data, { account_id: to, amount: 5 });
});

test.serial(
  'payments of a file are notified in their order, in the transactions that post them',
  async (t) => {
    const account = await bank.account(alice, agent);
    const { iban } = (await bank.client.get(`/api/accounts/${account}`, as(alice))).body;
    await subscribe(bank, alice, receiver.url(), ['account.credited']);
    const payments = Array.from({ length: 260 }, (_, place) => ({
      endToEndId: `E${place}`,
      amount: ((place + 1) / 100).toFixed(2),
      iban,
    }));
    const sent = await bank.client.post('/api/payments/incoming', undefined, {
      token: agent.token,
      raw: pacs008(`M${account.slice(0, 30)}`, payments),
      headers: { 'content-type': 'application/xml' },
    });
    await bank.approve(await bank.person('agent'), sent.body.id);
    await deliverNow(bank.deps);
    t.deepEqual(
      receiver.received.map(({ data }) => data.amount),
      payments.map((_, place) => place + 1),
    );
  },
);

test.serial(
  'messages verify by Standard Webhooks; for a day after a rotation by either secret',
  async (t) => {
    const account = await bank.account(alice, agent);
    const { id, secret } = await subscribe(bank, alice, receiver.url(), ['operation.requested']);
    t.regex(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    await CAUSES['operation.requested'](account);
    await deliverNow(bank.deps);
    const [first] = receiver.received;
    t.notThrows(() => verified(secret, first as Received));
    t.throws(() => verified(secret, { ...(first as Received), body: '{}' }));

    const rotated = (await post(alice, `/api/webhooks/${id}/rotate-secret`)).body;
    t.not(rotated.secret, secret);
    await CAUSES['operation.requested'](account);
    await deliverNow(bank.deps);
    const second = receiver.received[1] as Received;
    t.notThrows(() => verified(secret, second));
    t.notThrows(() => verified(rotated.secret, second));

    bank.time.now = new Date(bank.time.now.getTime() + 24 * HOUR);
    await CAUSES['operation.requested'](account);
    await deliverNow(bank.deps);
    t.is(receiver.received[2]?.headers['webhook-signature']?.split(' ').length, 1);
  },
);

test.serial('a secret is shown once, and stored sealed, also under an idempotency key', async (t) => {
  const body = { url: receiver.url(), events: ['operation.posted'] };
  const key = { 'idempotency-key': `key-${alice.id}` };
  const first = await post(alice, '/api/webhooks', body, key);
  const again = await post(alice, '/api/webhooks', body, key);
  t.is(again.headers['idempotency-replayed'], 'true');
  t.deepEqual(again.body, first.body);
  const { secret, ...rest } = first.body;
  t.deepEqual((await bank.client.get(`/api/webhooks/${rest.id}`, as(alice))).body, rest);
  t.deepEqual((await bank.client.get('/api/webhooks', as(alice))).body.items, [rest]);
  const bare = secret.slice('whsec_'.length);
  for (const table of ['webhooks', 'idempotency_keys', 'outbox'])
    t.false(
      inspect(await bank.owner(table), { maxArrayLength: null, maxStringLength: null }).includes(bare),
      table,
    );
});

test.serial('a new webhook is logged with its host only, and mailed to its owner', async (t) => {
  const url = receiver.url('/path?key=hidden');
  const { id } = await subscribe(bank, alice, url, ['operation.posted']);
  const payloads = (await bank.owner('outbox').select('payload')).map(({ payload }) => payload);
  t.false(payloads.some((payload) => payload.includes('hidden')));
  t.true(payloads.some((payload) => payload.includes('WEBHOOK_CREATED') && payload.includes(id)));
  t.true(payloads.some((payload) => payload.includes('webhook_created') && payload.includes(alice.id)));
});

test.serial('secrets are sealed again with a new key, and still sign', async (t) => {
  const account = await bank.account(alice, agent);
  const { secret } = await subscribe(bank, alice, receiver.url(), ['operation.requested']);
  const sealed = (await bank.owner('webhooks').first('secret')).secret;
  const { vault } = bank.deps;
  const next = {
    ...vault,
    keyIds: ['000000000000'] as const,
    seal: (text: string, of: string) => vault.seal(text, of),
  };
  await pruneWebhooks({ ...bank.deps, vault: next });
  t.not((await bank.owner('webhooks').first('secret')).secret, sealed);
  await CAUSES['operation.requested'](account);
  await deliverNow(bank.deps);
  t.notThrows(() => verified(secret, receiver.received[0] as Received));
});

test.serial('without a webhook nothing is queued; nor after a refusal or a rollback', async (t) => {
  const account = await bank.account(alice, agent);
  t.false(await queryOnce(bank.deps.db, hasWebhooks()));
  await subscribe(bank, alice, receiver.url(), [...WEBHOOK_EVENTS]);
  const refused = await post(alice, '/api/operations', {
    type: 'withdrawal',
    account_id: account,
    amount: 1,
  });
  t.is(refused.body.code, 'insufficient_funds');
  const { id } = (await post(alice, '/api/operations', deposit(account))).body;
  t.is((await post(alice, `/api/operations/${id}/approve`)).status, 403);
  t.is((await bank.owner('webhook_deliveries')).length, 1, 'the request only');
  await bank.owner.raw(
    `CREATE TRIGGER outbox_fails BEFORE INSERT ON outbox FOR EACH ROW SIGNAL SQLSTATE '45000'`,
  );
  t.is((await bank.approve(agent, id)).status, 500);
  await bank.owner.raw('DROP TRIGGER outbox_fails');
  t.is((await bank.owner('webhook_deliveries')).length, 1);
});

test.serial('another user’s webhook does not exist, whatever is done with it', async (t) => {
  const { id } = await subscribe(bank, alice, receiver.url(), ['operation.posted']);
  for (const other of [await bank.person('member'), agent]) {
    t.is((await bank.client.get(`/api/webhooks/${id}`, as(other))).status, 404);
    t.is((await bank.client.get(`/api/webhooks/${id}/deliveries`, as(other))).status, 404);
    t.is((await bank.client.delete(`/api/webhooks/${id}`, undefined, as(other))).status, 404);
    for (const path of ['test', 'rotate-secret'])
      t.is((await post(other, `/api/webhooks/${id}/${path}`)).status, 404, path);
    t.is((await post(other, `/api/webhooks/${id}/send-again`, { message_id: id })).status, 404);
    t.deepEqual((await bank.client.get('/api/webhooks', as(other))).body.items, []);
  }
});

test.serial('a token without the scope, and a superuser, have no webhooks', async (t) => {
  const body = { url: receiver.url(), events: ['operation.posted'] };
  const token = bank.token('member', alice, ['accounts:read']);
  t.is((await bank.client.post('/api/webhooks', body, { token })).body.code, 'insufficient_scope');
  t.is((await post(await bank.person('superuser'), '/api/webhooks', body)).status, 403);
});

test.serial('a user has a limited number of webhooks, also if they ask for many at once', async (t) => {
  const replies = await Promise.all(
    Array.from({ length: WEBHOOKS_MAX + 3 }, () =>
      post(alice, '/api/webhooks', { url: receiver.url(), events: ['operation.posted'] }),
    ),
  );
  // A busy database may have no connection for one of them.
  const answered = replies.filter(({ status }) => status !== 503);
  const created = answered.filter(({ status }) => status === 201).length;
  t.is(created, WEBHOOKS_MAX);
  t.true(answered.length > WEBHOOKS_MAX);
  t.deepEqual(
    answered.flatMap(({ body }) => body.code ?? []),
    Array(answered.length - created).fill('too_many_webhooks'),
  );
});

test.serial(
  'nothing is sent to an owner who was deactivated, deleted, or is no agent any more',
  async (t) => {
    const account = await bank.account(alice, agent);
    const another = await bank.person('agent');
    const gone = await bank.person('member');
    for (const person of [alice, agent, gone])
      await subscribe(bank, person, receiver.url(), ['operation.requested']);
    await CAUSES['operation.requested'](account);
    let version = 1_000;
    const nextVersion = () => {
      version += 1;
      return version;
    };
    const publish = (
      person: TestPerson,
      role: 'member' | 'agent',
      status: 'active' | 'deactivated' | 'deleted',
    ) =>
      queryOnce(
        bank.deps.db,
        saveUsers([
          buildUserEvent({ id: person.id, username: person.username, role, status, version: nextVersion() }),
        ]),
      );
    await publish(alice, 'member', 'deactivated');
    await publish(agent, 'member', 'active');
    await publish(gone, 'member', 'deleted');
    t.is(await deliverNow(bank.deps), 0);
    t.deepEqual(receiver.received, []);
    t.deepEqual(
      (await bank.owner('webhook_deliveries')).map(({ status }) => status),
      ['withheld', 'withheld'],
    );
    await publish(alice, 'member', 'active');
    await post(another, '/api/operations', {});
    await CAUSES['operation.requested'](account);
    await deliverNow(bank.deps);
    t.is(receiver.received.length, 1, 'once active again, what happens from then on is sent');
  },
);

test.serial('after a failure, the message and those behind it wait, and then arrive in order', async (t) => {
  const account = await bank.account(alice, agent);
  const { id } = await subscribe(bank, alice, receiver.url(), ['operation.requested', 'operation.posted']);
  receiver.answer = (response) => response.writeHead(500).end('<b>broken</b>');
  const made = [await deposited(account), await deposited(account)];
  t.is(await deliverNow(bank.deps), 1);
  t.is(await deliverNow(bank.deps), 0, 'not before the pause is over');
  const failed = (await deliveriesOf(alice, id, '?status=waiting')).at(-1);
  t.like(failed, { attempts: 1, response_status: 500, response: '<b>broken</b>', error: null });
  t.truthy((await bank.client.get(`/api/webhooks/${id}`, as(alice))).body.failing_since);

  bank.time.now = new Date(bank.time.now.getTime() + 6_000);
  receiver.answer = (response) => response.writeHead(200).end();
  t.is(await deliverNow(bank.deps), 4);
  const arrived = receiver.received.slice(1);
  t.is(arrived[0]?.id, receiver.received[0]?.id, 'the same id in each attempt');
  t.is(arrived[0]?.body, receiver.received[0]?.body);
  t.deepEqual(
    arrived.map(({ type, data }) => [type, data.id]),
    made.flatMap((one) => [
      ['operation.requested', one],
      ['operation.posted', one],
    ]),
  );
  t.is((await bank.client.get(`/api/webhooks/${id}`, as(alice))).body.failing_since, null);
});

test.serial('receivers that hang, close and send endlessly are given up, and delay no other', async (t) => {
  const account = await bank.account(alice, agent);
  // Enough for those that answer, also on a busy machine.
  bank.deps.webhooks.timeoutMs = 2_000;
  t.teardown(() => {
    bank.deps.webhooks.timeoutMs = 15_000;
  });
  const faults = {
    '/hang': 'timeout',
    '/close': 'no_answer',
    '/endless': null,
  } as const;
  receiver.answer = (response, { path }) => {
    if (path === '/close') response.destroy();
    else if (path === '/endless') {
      response.writeHead(500);
      const send = () => {
        if (response.destroyed) return;
        response.write('x'.repeat(1_000));
        setImmediate(send);
      };
      send();
    } else if (path !== '/hang') response.writeHead(204).end();
  };
  const hooks = new Map<string, string>();
  for (const path of [...Object.keys(faults), '/works'])
    hooks.set(path, (await subscribe(bank, alice, receiver.url(path), ['operation.requested'])).id);
  await CAUSES['operation.requested'](account);
  await deliverNow(bank.deps);
  for (const [path, error] of Object.entries(faults)) {
    const [shown] = await deliveriesOf(alice, hooks.get(path) as string);
    t.like(shown, { status: 'waiting', attempts: 1, error }, path);
    t.true((shown.response ?? '').length <= 500);
  }
  t.is((await deliveriesOf(alice, hooks.get('/works') as string))[0].status, 'delivered');
});

test.serial('a redirect is not followed', async (t) => {
  const account = await bank.account(alice, agent);
  const { id } = await subscribe(bank, alice, receiver.url('/a'), ['operation.requested']);
  receiver.answer = (response) =>
    response.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
  await CAUSES['operation.requested'](account);
  await deliverNow(bank.deps);
  t.like((await deliveriesOf(alice, id))[0], { status: 'waiting', response_status: 307, error: 'redirect' });
  t.is(receiver.received.length, 1);
});

test.serial('410 disables a webhook with a mail, and a successful test enables it again', async (t) => {
  const account = await bank.account(alice, agent);
  const { id } = await subscribe(bank, alice, receiver.url(), ['operation.requested', 'operation.posted']);
  receiver.answer = (response) => response.writeHead(410).end();
  await deposited(account);
  await deliverNow(bank.deps);
  t.like((await bank.client.get(`/api/webhooks/${id}`, as(alice))).body, {
    status: 'disabled',
    disabled_reason: 'gone',
    waiting: 0,
  });
  t.deepEqual(
    (await deliveriesOf(alice, id)).map(({ status }: { status: string }) => status),
    ['dead', 'dead'],
  );
  t.is(await mailsTo(alice), 1);
  await deposited(account);
  t.is((await deliveriesOf(alice, id)).length, 2, 'nothing is queued for it');
  const [dead] = await deliveriesOf(alice, id);
  t.is(
    (await post(alice, `/api/webhooks/${id}/send-again`, { message_id: dead.id })).body.code,
    'webhook_disabled',
  );
  t.like((await post(alice, `/api/webhooks/${id}/test`)).body, { status: 'dead', response_status: 410 });

  receiver.answer = (response) => response.writeHead(200).end('hello');
  t.like((await post(alice, `/api/webhooks/${id}/test`)).body, {
    type: 'webhook.test',
    status: 'delivered',
    response: 'hello',
  });
  t.is((await bank.client.get(`/api/webhooks/${id}`, as(alice))).body.status, 'active');
  await post(alice, `/api/webhooks/${id}/send-again`, { message_id: dead.id });
  await deliverNow(bank.deps);
  t.is(receiver.received.at(-1)?.id, dead.id);
});

const mailsTo = async (person: TestPerson): Promise<number> => {
  const rows = await bank.owner('outbox').select('payload');
  return rows.filter(({ payload }) => payload.includes('webhook_failed') && payload.includes(person.id))
    .length;
};

test.serial(
  'a message is tried for more than a day, and given up with one mail; after three days the webhook is disabled',
  async (t) => {
    const account = await bank.account(alice, agent);
    const { id } = await subscribe(bank, alice, receiver.url(), ['operation.requested']);
    receiver.answer = (response) => response.writeHead(503).end();
    const began = bank.time.now.getTime();
    for (let request = 0; request < 3; request += 1) await CAUSES['operation.requested'](account);
    const attempts: number[] = [];
    for (let hours = 0; hours < 80; hours += 1) {
      bank.time.now = new Date(began + hours * HOUR);
      for (let made = await deliverNow(bank.deps); made > 0; made -= 1) attempts.push(hours);
      if (hours === 26) t.is((await deliveriesOf(alice, id, '?status=dead')).length, 0);
      if (hours === 60) {
        t.is((await deliveriesOf(alice, id, '?status=dead')).length, 3);
        t.is(await mailsTo(alice), 1);
      }
      if (hours === 50) for (let more = 0; more < 2; more += 1) await CAUSES['operation.requested'](account);
    }
    t.true(attempts.length < 20, String(attempts));
    t.like((await bank.client.get(`/api/webhooks/${id}`, as(alice))).body, {
      status: 'disabled',
      disabled_reason: 'failing',
      waiting: 0,
    });
    t.is(await mailsTo(alice), 2);
  },
);

test.serial(
  'a process that dies after the receiver got a message sends it again with the same id',
  async (t) => {
    const account = await bank.account(alice, agent);
    await subscribe(bank, alice, receiver.url(), ['operation.requested']);
    await CAUSES['operation.requested'](account);
    const replica = await bank.replica();
    Object.assign(replica.deps, { webhooks: bank.deps.webhooks });
    let isFirst = true;
    receiver.answer = (response) => {
      if (isFirst) replica.crash();
      isFirst = false;
      response.writeHead(204).end();
    };
    const dying = keepDelivering(replica.deps, { everyMs: 20, claimSeconds: 1 });
    await eventually(() => receiver.received.length === 1);
    const other = keepDelivering(bank.deps, { everyMs: 20, claimSeconds: 1 });
    await eventually(() => receiver.received.length === 2);
    await Promise.all([dying.stop(), other.stop()]);
    t.is(receiver.received[0]?.id, receiver.received[1]?.id);
    t.is(receiver.received[0]?.body, receiver.received[1]?.body);
  },
);

test.serial('two replicas send every message once and in order', async (t) => {
  const account = await bank.account(alice, agent);
  await subscribe(bank, alice, receiver.url('/a'), ['operation.requested']);
  await subscribe(bank, alice, receiver.url('/b'), ['operation.requested']);
  const replica = await bank.replica();
  t.teardown(() => replica.close());
  Object.assign(replica.deps, { webhooks: bank.deps.webhooks });
  const both = [bank.deps, replica.deps].map((deps) => keepDelivering(deps, { everyMs: 10 }));
  const made: string[] = [];
  for (let request = 0; request < 12; request += 1) made.push(await CAUSES['operation.requested'](account));
  await eventually(() => receiver.received.length === 24);
  await Promise.all(both.map((one) => one.stop()));
  for (const path of ['/a', '/b'])
    t.deepEqual(
      receiver.received.filter((one) => one.path === path).map(({ data }) => data.id),
      made,
    );
});

test.serial(
  'of webhooks that have something to send, the one that was served longest ago comes first',
  async (t) => {
    const account = await bank.account(alice, agent);
    const ids: string[] = [];
    for (const path of ['/a', '/b', '/c'])
      ids.push((await subscribe(bank, alice, receiver.url(path), ['operation.requested'])).id);
    await CAUSES['operation.requested'](account);
    const { db } = bank.deps;
    const longAgo = [3, 1, 2];
    for (const [index, id] of ids.entries())
      await bank
        .owner('webhooks')
        .where({ id: uuidBytes(id) })
        .update({ claimed_until: new Date(longAgo[index] ?? 0) });
    const served: string[] = [];
    for (const _ of ids) {
      const holder = newId();
      const now = bank.time.now;
      await queryOnce(db, claimWebhooks({ holder, seconds: 60, now, areFailing: false, limit: 1 }));
      const [id = ''] = await queryOnce(db, findClaimed(holder));
      served.push(id);
      await queryOnce(db, releaseClaim(id, holder));
    }
    t.deepEqual(served, [ids[1], ids[2], ids[0]]);
  },
);

test.serial('a queue that has grown too long disables the webhook', async (t) => {
  const account = await bank.account(alice, agent);
  const { id } = await subscribe(bank, alice, receiver.url(), ['operation.requested']);
  await CAUSES['operation.requested'](account);
  bank.deps.webhooks.waitingMax = 1;
  t.teardown(() => {
    bank.deps.webhooks.waitingMax = 1_000;
  });
  t.is(await deliverNow(bank.deps), 1, 'not yet');
  for (let request = 0; request < 2; request += 1) await CAUSES['operation.requested'](account);
  t.is(await deliverNow(bank.deps), 0);
  t.like((await bank.client.get(`/api/webhooks/${id}`, as(alice))).body, {
    status: 'disabled',
    disabled_reason: 'queue_full',
    waiting: 0,
  });
});

test.serial('tests are limited, and a deleted webhook leaves nothing', async (t) => {
  const { id } = await subscribe(bank, alice, receiver.url(), ['operation.requested']);
  for (let tests = 0; tests < 10; tests += 1)
    t.is((await post(alice, `/api/webhooks/${id}/test`)).status, 200);
  t.is((await post(alice, `/api/webhooks/${id}/test`)).status, 429);
  t.is((await bank.client.delete(`/api/webhooks/${id}`, undefined, as(alice))).status, 204);
  t.is((await bank.client.delete(`/api/webhooks/${id}`, undefined, as(alice))).status, 404);
  t.deepEqual(await bank.owner('webhook_deliveries'), []);
});

test.serial('messages that are over are kept for 14 days, and those that wait for longer', async (t) => {
  const account = await bank.account(alice, agent);
  const { id } = await subscribe(bank, alice, receiver.url(), ['operation.requested']);
  await CAUSES['operation.requested'](account);
  await deliverNow(bank.deps);
  await CAUSES['operation.requested'](account);
  bank.time.now = new Date(bank.time.now.getTime() + 13 * 24 * HOUR);
  await pruneWebhooks(bank.deps);
  t.is((await deliveriesOf(alice, id)).length, 2);
  bank.time.now = new Date(bank.time.now.getTime() + 2 * 24 * HOUR);
  await pruneWebhooks(bank.deps);
  t.deepEqual(
    (await deliveriesOf(alice, id)).map(({ status }: { status: string }) => status),
    ['waiting'],
  );
});
