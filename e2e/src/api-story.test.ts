import { SERVICES } from '@guichet/contract';
import { eventually } from '@guichet/testing';
import { type RunningBank, startBank } from '@guichet/tools';
import test from 'ava';
import { Authenticator } from './authenticator.ts';
import { mailTo } from './mailbox.ts';
import { Person } from './person.ts';

// One long day at the bank through the API; each step builds on the previous ones. The numbers are those of the required features.

let bank: RunningBank;
let superuser: Person;
let agent: Person;
let second: Person;
let alice: Person;
let bob: Person;
const accounts = { aliceCurrent: '', aliceSavings: '', bob: '', bobIban: '' };
let transferId = '';

test.before(async () => {
  bank = await startBank();
  superuser = new Person(bank.url, bank.logins.superuser.username, bank.logins.superuser.password);
  agent = new Person(bank.url, 'agent.one', 'Counter and window 1');
  second = new Person(bank.url, 'agent.two', 'Counter and window 2');
  alice = new Person(bank.url, 'alice', 'Seven green bottles');
  bob = new Person(bank.url, 'bob', 'Eleven blue kettles');
});
test.after.always(() => bank?.stop());

test.serial('4: the first superuser exists after deployment and creates agents', async (t) => {
  t.is((await superuser.logIn()).status, 200);
  for (const one of [agent, second]) {
    const made = await superuser.post('/api/auth/agents', {
      username: one.username,
      email: `${one.username}@guichet.example`,
      password: one.password,
    });
    t.is(made.status, 201, made.text);
    t.like(made.body, { role: 'agent', status: 'active' });
    t.is((await one.logIn()).status, 200);
  }
  t.is(
    (await agent.post('/api/auth/agents', { username: 'x.y', email: 'x@y.example' })).body.code,
    'forbidden',
  );
});

test.serial('1: a user registers, and can sign in after an agent has activated them', async (t) => {
  for (const one of [alice, bob]) {
    const registered = await one.post('/api/auth/register', {
      username: one.username,
      email: `${one.username}@example.org`,
      password: one.password,
      first_name: one.username === 'alice' ? 'Alice' : 'Bob',
      last_name: one.username === 'alice' ? 'Martin' : 'Petit',
    });
    t.like(registered, { status: 201, body: { status: 'pending', role: 'member' } }, registered.text);
    one.id = registered.body.id;
    t.is((await one.logIn()).body.code, 'account_pending');
  }
});

test.serial('5: agents supervise members: list, activate, deactivate, reject, delete', async (t) => {
  const pending = await agent.get('/api/auth/users?status=pending');
  t.is(pending.body.items.length, 2);
  for (const one of [alice, bob])
    t.is((await agent.post(`/api/auth/users/${one.id}/activate`)).body.status, 'active');
  t.is(
    (await agent.post(`/api/auth/users/${bob.id}/deactivate`, { reason: 'Papers' })).body.status,
    'deactivated',
  );
  t.is((await bob.logIn()).body.code, 'account_deactivated');
  t.is((await agent.post(`/api/auth/users/${bob.id}/activate`)).body.status, 'active');
  const carol = new Person(bank.url, 'carol', 'Nine yellow lanterns');
  const { body } = await carol.post('/api/auth/register', {
    username: 'carol',
    email: 'carol@example.org',
    password: carol.password,
  });
  t.is(
    (await agent.post(`/api/auth/users/${body.id}/reject`, { reason: 'Unknown' })).body.status,
    'rejected',
  );
  t.is((await agent.delete(`/api/auth/users/${body.id}`)).status, 204);
  t.is((await agent.get(`/api/auth/users/${body.id}`)).status, 404);
  for (const one of [alice, bob]) t.is((await one.logIn()).status, 200);
});

test.serial(
  '2, 3: a member changes the profile, and the password with the old password and according to the policy',
  async (t) => {
    const changed = await alice.patch('/api/auth/profile', { first_name: 'Alicia', language: 'fr' });
    t.like(changed.body, { first_name: 'Alicia', language: 'fr' });
    await alice.patch('/api/auth/profile', { first_name: 'Alice' });
    const reset = (old_password: string, new_password: string) =>
      alice.post('/api/auth/password/reset', { old_password, new_password });
    t.is((await reset('wrong', 'Another good sentence')).body.code, 'wrong_password');
    t.is((await reset(alice.password, 'password1234')).body.code, 'password_too_weak');
    t.is((await reset(alice.password, 'Ten purple umbrellas')).status, 204);
    t.is((await alice.logIn()).body.code, 'invalid_credentials');
    alice = new Person(bank.url, 'alice', 'Ten purple umbrellas');
    t.is((await alice.logIn()).status, 200);
  },
);

test.serial(
  '6: a token is validated, and refused by every service after its session has ended',
  async (t) => {
    const valid = await alice.get('/api/auth/users/validate-token');
    t.like(valid.body, { valid: true, user: { id: alice.id, role: 'member', status: 'active' } });
    const other = new Person(bank.url, alice.username, alice.password);
    await other.logIn();
    t.is((await other.post('/api/auth/logout')).status, 204);
    t.is((await other.get('/api/auth/users/validate-token')).status, 401);
    await eventually(async () => (await other.get('/api/accounts')).status === 401, 1_500);
    await eventually(async () => (await other.get('/api/logs')).status === 401, 1_500);
  },
);

test.serial(
  '9: accounts are requested, opened or rejected by an agent, renamed, and get a new RIB',
  async (t) => {
    const open = async (who: Person, name: string, type: string) => {
      const requested = await eventually(async () => {
        const reply = await who.post('/api/accounts', { name, type });
        return reply.status === 201 ? reply : null;
      });
      return requested.body;
    };
    const wanted = [
      await open(alice, 'Everyday', 'current'),
      await open(alice, 'Rainy days', 'savings'),
      await open(bob, 'Main', 'current'),
    ];
    for (const { id } of wanted)
      t.is((await agent.post(`/api/operations/${id}/approve`)).body.status, 'posted');
    [accounts.aliceCurrent, accounts.aliceSavings, accounts.bob] = wanted.map(
      ({ account_id }) => account_id,
    ) as [string, string, string];
    const refused = await open(alice, 'Third', 'current');
    t.is(
      (await agent.post(`/api/operations/${refused.id}/reject`, { reason: 'Two are enough' })).body.status,
      'rejected',
    );
    t.is((await alice.patch(`/api/accounts/${accounts.aliceCurrent}`, { name: 'Daily' })).body.name, 'Daily');
    const before = (await bob.get(`/api/accounts/${accounts.bob}`)).body.iban;
    const renewal = await bob.post(`/api/accounts/${accounts.bob}/rib`);
    t.is((await agent.post(`/api/operations/${renewal.body.id}/approve`)).body.status, 'posted');
    accounts.bobIban = (await bob.get(`/api/accounts/${accounts.bob}`)).body.iban;
    t.not(accounts.bobIban, before);
  },
);

test.serial(
  '10: deposit, withdrawal, internal and external transfer, each decided by an agent',
  async (t) => {
    const request = async (who: Person, body: object) => {
      const reply = await who.post('/api/operations', body, {
        'idempotency-key': `day-${JSON.stringify(body)}`,
      });
      t.is(reply.status, 201, reply.text);
      return reply.body.id as string;
    };
    const approve = async (id: string) =>
      t.is((await agent.post(`/api/operations/${id}/approve`)).body.status, 'posted');
    await approve(
      await request(alice, { type: 'deposit', account_id: accounts.aliceCurrent, amount: 250_000 }),
    );
    await approve(
      await request(alice, { type: 'withdrawal', account_id: accounts.aliceCurrent, amount: 20_000 }),
    );
    await approve(
      await request(alice, {
        type: 'internal_transfer',
        from_account_id: accounts.aliceCurrent,
        to_account_id: accounts.aliceSavings,
        amount: 50_000,
      }),
    );
    const verified = await alice.post('/api/payees/verify', { name: 'Bob Petit', iban: accounts.bobIban });
    t.is(verified.body.result, 'match');
    transferId = await request(alice, {
      type: 'external_transfer',
      from_account_id: accounts.aliceCurrent,
      to: { name: 'Bob Petit', iban: accounts.bobIban },
      amount: 12_345,
      reference: 'October rent',
    });
    t.like((await alice.get(`/api/accounts/${accounts.aliceCurrent}`)).body, {
      balance: 180_000,
      held: 12_345,
    });
    await approve(transferId);
    const virement = await alice.post('/api/virement', {
      compte_source: accounts.aliceCurrent,
      iban: 'DE89370400440532013000',
      montant: 1_000,
    });
    await approve(virement.body.id);
    t.like((await alice.get(`/api/accounts/${accounts.aliceCurrent}`)).body, { balance: 166_655, held: 0 });
    t.is((await bob.get(`/api/accounts/${accounts.bob}`)).body.balance, 12_345);
    const large = await request(alice, {
      type: 'deposit',
      account_id: accounts.aliceSavings,
      amount: 2_000_000,
    });
    t.is((await agent.post(`/api/operations/${large}/approve`)).body.status, 'approved');
    t.is((await second.post(`/api/operations/${large}/approve`)).body.status, 'posted');
  },
);

test.serial(
  'agents note what they learn about a customer, who sees neither the note nor its log entry',
  async (t) => {
    const path = `/api/auth/users/${alice.id}/notes`;
    const key = { 'idempotency-key': 'note-1' };
    const added = await agent.post(path, { text: 'Pays the rent on the 5th' }, key);
    t.is(added.status, 201, added.text);
    t.is((await agent.post(path, { text: 'Pays the rent on the 5th' }, key)).body.id, added.body.id);
    t.like((await second.get(path)).body.items, [{ text: 'Pays the rent on the 5th' }]);
    t.is((await superuser.get(path)).body.items.length, 1);
    t.is((await alice.get(path)).status, 403);
    const query = '/api/logs?type_action=CUSTOMER_NOTE_ADDED';
    const entries = await eventually(async () => {
      const { items } = (await agent.get(`${query}&user=${alice.id}`)).body;
      return items.length > 0 ? items : null;
    });
    t.like(entries, [{ actor: { username: agent.username }, subject: { id: alice.id } }]);
    t.false(JSON.stringify(entries).includes('rent'));
    t.deepEqual((await alice.get(query)).body.items, []);
  },
);

test.serial('11: history is shown and filtered', async (t) => {
  const history = await alice.get(`/api/accounts/${accounts.aliceCurrent}/transactions?type=VIREMENT`);
  t.deepEqual(
    history.body.items.map((one: { amount: number }) => one.amount),
    [-1_000, -12_345, -50_000],
  );
  t.is((await alice.get(`/api/accounts/${accounts.bob}/transactions`)).status, 404);
});

test.serial('12: agents see customers’ accounts', async (t) => {
  const seen = await agent.get(`/api/comptes?owner=${alice.id}&status=open`);
  t.is(seen.body.items.length, 2);
  t.is(seen.body.items[0].owner_name, 'Alice Martin');
});

test.serial(
  '8, 13, 14: every step of the transfer is in the log, with the id of the operation',
  async (t) => {
    const entries = await eventually(async () => {
      const { body } = await agent.get(`/api/logs?operation=${transferId}&type_action=VIREMENT`);
      return body.items.length >= 2 ? body.items : null;
    });
    t.deepEqual(
      entries.map((one: { action: string }) => one.action),
      ['TRANSFER_POSTED', 'TRANSFER_REQUESTED'],
    );
    t.is(entries[0].actor.username, agent.username);
    t.is(entries[1].actor.username, alice.username);
    t.true((await superuser.get('/api/logs/verify')).body.ok);
  },
);

test.serial('15: members read their own log, agents filter the whole log', async (t) => {
  const own = await alice.get('/api/logs?type_action=VIREMENT');
  t.true(own.body.items.length > 0);
  t.is((await alice.get(`/api/logs?user=${bob.id}`)).status, 403);
  const filtered = await agent.get(`/api/logs?user=${alice.username}&type_action=VIREMENT&level=info`);
  t.true(filtered.body.items.every((one: { action: string }) => one.action.startsWith('TRANSFER_')));
  const denied = await alice.get('/api/ledger/reconciliation');
  t.is(denied.status, 403);
  await eventually(
    async () => (await agent.get('/api/logs?type_action=ACCESS_DENIED')).body.items.length > 0,
  );
});

test.serial('16: the log has statistics for the dashboard', async (t) => {
  const stats = await agent.get('/api/logs/stats?bucket=hour');
  t.true(stats.body.total > 20);
  t.true(stats.body.by_action.TRANSFER_POSTED >= 3);
  t.true(stats.body.series.length >= 1);
});

test.serial('7: critical steps send mail in the language of the user', async (t) => {
  const mails = await eventually(async () => {
    const caught = await mailTo(bank.mailUrl, 'alice@example.org');
    return caught.length >= 8 ? caught : null;
  });
  t.true(mails.every(({ text, html }) => text.length > 20 && html.includes('<html')));
  t.false(mails.some(({ text }) => text.includes(alice.password)));
});

test.serial('17: the pages are served and require a sign-in', async (t) => {
  const page = await alice.get('/login');
  t.is(page.status, 200);
  t.regex(String(page.headers['content-security-policy']), /default-src 'self'/);
  t.is((await alice.get('/dashboard')).status, 303);
});

test.serial('18, 19: each process has startup, liveness and readiness probes', async (t) => {
  for (const service of SERVICES) {
    const admin = new Person(bank.adminUrl(service), '', '');
    for (const probe of ['/startupz', '/livez', '/readyz'])
      t.is((await admin.get(probe)).status, 200, service + probe);
    t.true((await admin.get('/metrics')).text.includes('process_cpu_seconds_total'), service);
  }
  t.is((await alice.get('/readyz')).status, 200);
});

test.serial('an error is a problem with a code and a correlation id, and leaks nothing', async (t) => {
  const wrong = await alice.post('/api/operations', { type: 'deposit' }, { 'x-request-id': 'day-1' });
  t.like(wrong, { status: 400, body: { code: 'invalid_request', correlation_id: 'day-1' } });
  t.is((await alice.get('/api/nowhere')).body.code, 'not_found');
  t.is((await alice.post('/internal/people/x/leave')).status, 404);
  const method = await alice.delete('/api/accounts');
  t.is(method.status, 405);
  t.truthy(method.headers.allow);
  t.is((await alice.post('/api/accounts', 'x'.repeat(1024 * 1024 + 10))).status, 413);
});

test.serial(
  'sending money out requires a code that auth accepts, no matter how the code is left out',
  async (t) => {
    const guarded = await alice.post('/api/auth/totp', { password: alice.password });
    const started = guarded.status === 400 ? await alice.post('/api/auth/totp') : guarded;
    t.is(started.status, 200, started.text);
    const app = new Authenticator(started.body.secret);
    t.is((await alice.post('/api/auth/totp/confirm', { code: await app.nextCode() })).status, 200);
    const from = accounts.aliceSavings;
    const to = { name: 'Jan Peeters', iban: 'BE68539007547034' };
    const requests = [
      ['/api/operations', { type: 'withdrawal', account_id: from, amount: 100_001 }],
      ['/api/operations', { type: 'external_transfer', from_account_id: from, to, amount: 100_001 }],
      ['/api/virement', { compte_source: from, iban: to.iban, montant: 100_001 }],
    ] as const;
    for (const [path, body] of requests) {
      for (const more of [{}, { totp: null }, { totp: '' }, { totp: ' ' }]) {
        t.like(await alice.post(path, { ...body, ...more }), {
          status: 403,
          body: { code: 'totp_required' },
        });
      }
    }
    const [path, body] = requests[1];
    t.like(await alice.post(path, { ...body, totp: '000 000' }), {
      status: 403,
      body: { code: 'invalid_totp' },
    });
    const code = await app.nextCode();
    const totp = `${code.slice(0, 3)} ${code.slice(3)}`;
    const key = { 'idempotency-key': 'with-a-code' };
    const sent = await alice.post(path, { ...body, totp }, key);
    t.is(sent.status, 201, sent.text);
    t.like(await alice.post(path, { ...body, totp }), { status: 403, body: { code: 'invalid_totp' } });
    const again = await alice.post(path, { ...body, totp }, key);
    t.like(again, { status: 201, body: { id: sent.body.id } });
    t.is(again.headers['idempotency-replayed'], 'true');
  },
);

test.serial('an overdraft above the limit of one agent needs two agents', async (t) => {
  const path = `/api/accounts/${accounts.aliceCurrent}/overdraft`;
  const requested = await agent.put(path, { amount: 1_000_001 });
  t.like(requested, { status: 202, body: { type: 'set_overdraft', status: 'pending' } }, requested.text);
  const approve = (who: Person) => who.post(`/api/operations/${requested.body.id}/approve`);
  t.is((await approve(agent)).body.code, 'not_your_own_request');
  t.is((await approve(second)).body.status, 'posted');
  t.is((await alice.get(`/api/accounts/${accounts.aliceCurrent}`)).body.overdraft, 1_000_001);
});

test.serial(
  'a member with money cannot be deleted; one without can, and the ledger keeps the entries',
  async (t) => {
    t.is((await agent.delete(`/api/auth/users/${bob.id}`)).body.code, 'user_has_accounts');
    const withdrawal = await bob.post('/api/operations', {
      type: 'withdrawal',
      account_id: accounts.bob,
      amount: 12_345,
    });
    await agent.post(`/api/operations/${withdrawal.body.id}/approve`);
    t.is((await agent.delete(`/api/auth/users/${bob.id}`)).status, 204);
    t.is((await bob.logIn()).body.code, 'invalid_credentials');
    t.is((await agent.get(`/api/accounts/${accounts.bob}`)).body.status, 'closed');
  },
);

test.serial('at the end of the day the ledger reconciles', async (t) => {
  const reconciliation = await agent.post('/api/ledger/reconciliation');
  t.true(reconciliation.body.ok, reconciliation.text);
});
