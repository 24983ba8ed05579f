import { newId, uuidBytes } from '@guichet/database';
import anyTest, { type TestFn } from 'ava';
import { houseAccount } from '../accounts/account.ts';
import { decideOperations } from '../decisions/decide-operations.ts';
import { openTestBank, type TestBank, type TestPerson } from '../fixtures.ts';
import { requestOperations } from '../operations/request-operations.ts';
import { payElsewhere } from '../payments/payments.fixture.ts';
import { reconcilesOnRequest } from './keep-reconciling.ts';

interface Context {
  bank: TestBank;
  agent: TestPerson;
  alice: TestPerson;
  account: string;
  batches: { created: string; settled: string };
  /** A transfer in the settled batch, one in the created batch, and one that waits. */
  paid: [string, string, string];
  run(full?: boolean): Promise<string[]>;
}
const test = anyTest.serial as TestFn<Context>;

test.before(async (t) => {
  const bank = await openTestBank({ secondAgentAboveMinor: 10n ** 12n });
  for (const event of ['update', 'delete']) await bank.owner.raw(`DROP TRIGGER transfers_refuse_${event}`);
  const [agent, alice] = [await bank.person('agent'), await bank.person('member')];
  const account = await bank.account(alice, agent, 900_000);
  const pay = () => payElsewhere(t as never, bank, agent, { person: alice, account }, { amount: 250 });
  const post = (path: string, body?: object) =>
    bank.client.post(`/api/payments/batches${path}`, body, { token: agent.token });
  const first = await pay();
  await pay();
  const settled = (await post('', {})).body.id;
  await post(`/${settled}/sent`);
  await post(`/${settled}/settled`);
  const second = await pay();
  await pay();
  const created = (await post('', {})).body.id;
  const third = await pay();
  const reconcile = reconcilesOnRequest(bank.deps);
  t.context = {
    bank,
    agent,
    alice,
    account,
    batches: { created, settled },
    paid: [first, second, third],
    async run(full = false) {
      const { checks } = (await reconcile(full)).outcome;
      return checks.flatMap((one) => (one.ok ? [] : [one.name]));
    },
  };
});
test.after.always((t) => t.context.bank.close());

type Change = (context: Context) => Promise<() => Promise<unknown>>;

/** Sets fields of a row. @returns what undoes it */
const set =
  (
    table: string,
    key: (context: Context) => Record<string, string>,
    fields: Record<string, unknown>,
  ): Change =>
  async (context) => {
    const where = Object.fromEntries(Object.entries(key(context)).map(([name, id]) => [name, uuidBytes(id)]));
    const rows = () => context.bank.owner(table).where(where);
    const [before] = await rows();
    await rows().update(fields);
    return () =>
      rows().update(
        Object.fromEntries(
          Object.keys(fields).map((name) => [
            name,
            name.endsWith('_id') && before[name] !== null ? uuidBytes(before[name]) : before[name],
          ]),
        ),
      );
  };

/** Removes a row. */
const remove =
  (table: string, key: (context: Context) => Record<string, string>): Change =>
  async (context) => {
    const where = Object.fromEntries(Object.entries(key(context)).map(([name, id]) => [name, uuidBytes(id)]));
    const [row] = await context.bank.owner(table).where(where);
    await context.bank.owner(table).where(where).delete();
    const isId = (name: string) => name === 'id' || name.endsWith('_id') || name === 'created_by';
    const stored = Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        isId(name) && value !== null ? uuidBytes(value as string) : value,
      ]),
    );
    return () => context.bank.owner(table).insert(stored);
  };

const CLEARING = 'clearing_equals_unsettled_transfers';

// Rows that are changed behind the back of the service; what only a full run finds was verified before.
const FAULTS: [name: string, change: Change, found: { new: string[]; full: string[] }][] = [
  [
    'a batch with another total',
    set('payment_batches', ({ batches }) => ({ id: batches.created }), { total: 501 }),
    { new: [CLEARING], full: [CLEARING] },
  ],
  [
    'a batch with another count',
    set('payment_batches', ({ batches }) => ({ id: batches.created }), { count: 3 }),
    { new: [CLEARING], full: [CLEARING] },
  ],
  [
    'a batch that is marked as settled without its transfer',
    set('payment_batches', ({ batches }) => ({ id: batches.created }), {
      status: 'settled',
      settled_at: '2026-10-15 10:00:00.000',
    }),
    { new: [CLEARING], full: [CLEARING] },
  ],
  [
    'a batch that was settled for another amount',
    set('transfers', ({ batches }) => ({ id: batches.settled }), { amount: 400 }),
    { new: [CLEARING], full: [CLEARING] },
  ],
  [
    'a settlement that is gone',
    remove('transfers', ({ batches }) => ({ id: batches.settled })),
    { new: [CLEARING], full: [CLEARING] },
  ],
  [
    'a transfer that was taken out of its batch',
    set('outgoing_transfers', ({ paid }) => ({ operation_id: paid[1] }), {
      state: 'waiting',
      batch_id: null,
    }),
    { new: [CLEARING], full: [CLEARING] },
  ],
  [
    'a transfer that waits again although it was settled',
    set('outgoing_transfers', ({ paid }) => ({ operation_id: paid[0] }), {
      state: 'waiting',
      batch_id: null,
    }),
    { new: [CLEARING], full: [CLEARING] },
  ],
  [
    'a transfer that never waits',
    remove('outgoing_transfers', ({ paid }) => ({ operation_id: paid[2] })),
    { new: [CLEARING], full: [CLEARING] },
  ],
  [
    'a transfer that is marked as reversed',
    set('outgoing_transfers', ({ paid }) => ({ operation_id: paid[2] }), { state: 'reversed' }),
    { new: [CLEARING], full: [CLEARING] },
  ],
  [
    'a transfer of a batch that doesn’t exist',
    set('outgoing_transfers', ({ paid }) => ({ operation_id: paid[2] }), {
      state: 'batched',
      batch_id: uuidBytes(newId()),
    }),
    { new: [], full: [CLEARING] },
  ],
  [
    'a payment that no transfer is',
    async ({ bank }) => {
      const operation_id = uuidBytes(newId());
      await bank.owner('outgoing_transfers').insert({ operation_id, currency: 'EUR', state: 'waiting' });
      return () => bank.owner('outgoing_transfers').where({ operation_id }).delete();
    },
    { new: [], full: [CLEARING] },
  ],
  [
    'money that left clearing for no batch',
    async ({ bank }) => {
      const id = uuidBytes(newId());
      await bank.owner('transfers').insert({
        id,
        amount: 7,
        currency: 'EUR',
        debit_account_id: uuidBytes(houseAccount.clearing('EUR')),
        debit_number: 0,
        credit_account_id: uuidBytes(houseAccount.settlement('EUR')),
        credit_number: 0,
        posted_at: '2026-10-15 10:00:00.000',
      });
      return () => bank.owner('transfers').where({ id }).delete();
    },
    { new: [], full: ['posted_operations_have_one_transfer', CLEARING] },
  ],
];

test('a bank with waiting, created and settled payments reconciles, all of it and what is new', async (t) => {
  t.deepEqual(await t.context.run(true), []);
  t.deepEqual(await t.context.run(), []);
});

for (const [name, change, found] of FAULTS) {
  test(`${name} is found`, async (t) => {
    const { run, bank } = t.context;
    t.deepEqual(await run(true), []);
    const undo = await change(t.context);
    t.deepEqual(await run(), found.new, 'what is new');
    t.deepEqual(await run(true), found.full, 'in full');
    await undo();
    t.deepEqual(await run(true), []);
    t.truthy(bank);
  });
}

test('a thousand transfers are one batch, whose file, settlement and reconciliation have them all', async (t) => {
  const { bank, agent, alice, account, run } = t.context;
  const requests = Array.from({ length: 1_000 }, (_, index) => ({
    input: {
      kind: 'external_transfer' as const,
      fromAccountId: account,
      toName: `Payee ${index}`,
      toIban: 'DE89370400440532013000',
      amountMinor: BigInt(1 + (index % 7)),
      reference: `Invoice ${index}`,
      executeOn: null,
    },
    requester: { id: alice.id, username: alice.username, role: 'member' as const },
    correlationId: 'thousand',
    idempotency: null,
    secondFactor: 'unchecked' as const,
  }));
  const ids: string[] = [];
  for (let from = 0; from < requests.length; from += 250) {
    const outcomes = await requestOperations(bank.deps, requests.slice(from, from + 250));
    ids.push(...outcomes.map((one) => ('operation' in one ? one.operation.id : t.fail(JSON.stringify(one)))));
  }
  await decideOperations(
    bank.deps,
    ids.map((operationId) => ({
      operationId,
      action: 'approve' as const,
      by: { id: agent.id, username: agent.username, role: 'agent' as const },
      reason: null,
      correlationId: null,
      idempotency: null,
    })),
  );
  const post = (path: string, body?: object) =>
    bank.client.post(`/api/payments/batches${path}`, body, { token: agent.token });
  const { body } = await post('', {});
  // With the one that waited.
  t.is(body.count, 1_001);
  t.is(
    body.total,
    requests.reduce((sum, { input }) => sum + Number(input.amountMinor), 250),
  );
  t.deepEqual(await run(), []);
  const reply = await fetch(`${bank.client.origin}/api/payments/batches/${body.id}/pain001.xml`, {
    headers: { authorization: `Bearer ${agent.token}` },
  });
  const file = await reply.text();
  const named = [...file.matchAll(/<EndToEndId>([0-9a-f]{32})</g)].map(([, id]) => id);
  t.deepEqual(
    named.toSorted(),
    [...ids, t.context.paid[2]].map((id) => id.replaceAll('-', '')).toSorted(),
    'each once',
  );
  await post(`/${body.id}/sent`);
  await post(`/${body.id}/settled`);
  t.deepEqual(await run(), []);
  t.deepEqual(await run(true), []);
});
