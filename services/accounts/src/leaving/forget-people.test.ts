import { tombstoneName } from '@guichet/contract';
import type { UserEvent } from '@guichet/contract/events';
import { newId, queryOnce, uuidBytes } from '@guichet/database';
import { eventsOf } from '@guichet/outbox';
import { buildUserEvent, placesOf } from '@guichet/testing';
import anyTest, { type TestFn } from 'ava';
import { openTestBank, type TestBank, type TestPerson } from '../fixtures.ts';
import { saveUsers } from '../people/store.ts';
import { forgetPeople } from './forget-people.ts';

const test = anyTest as TestFn<{ bank: TestBank }>;
test.before(async (t) => {
  t.context = { bank: await openTestBank() };
});
test.after.always((t) => t.context.bank.close());

let version = 10;
async function publish(bank: TestBank, { id, ...more }: Pick<TestPerson, 'id'> & Partial<UserEvent>) {
  version += 1;
  await queryOnce(bank.deps.db, saveUsers([buildUserEvent({ id, version, ...more })]));
}
const publishDeleted = (bank: TestBank, { id }: Pick<TestPerson, 'id'>) =>
  publish(bank, {
    id,
    username: tombstoneName(id),
    status: 'deleted',
    email: null,
    first_name: null,
    last_name: null,
    verified_name: null,
  });
const leave = (bank: TestBank, { id }: TestPerson) =>
  bank.client.post(`/internal/people/${id}/leave`, undefined, { headers: { 'x-test-peer': 'auth' } });

/** Where the words of a deleted customer stay, and why. */
const STAYS: Readonly<Record<string, string>> = {
  'entries.counterparty_name': 'the statements of others, whose record of a payment it is',
  'entries.reference':
    'what was written on a payment that was posted, also in the statement of its other side',
  'operations.reference': 'the voucher of that payment',
  'operations.to_name': 'the payee of a payment of another customer, as that customer wrote it',
  'outgoing_transfers.debtor_name': 'who paid, as the file that was sent to another bank names them',
  'outbox.payload': 'for a week, so that a lost stream can be filled again',
};

test.serial(
  'a deleted customer is forgotten everywhere, except where the ledger and others need it',
  async (t) => {
    const { bank } = t.context;
    const agent = await bank.person('agent');
    const other = await bank.person('member', 'Olga Other');
    const person = { id: newId(), username: 'zqxuser', role: 'member' as const };
    await bank.admit(person, 'Zqxfirst Zqxlast');
    const gone: TestPerson = {
      ...person,
      token: bank.token('member', { ...person, token: '' }, [
        'accounts:read',
        'operations:write',
        'webhooks:manage',
      ]),
    };
    const { token } = gone;
    const key = { 'idempotency-key': 'zqxkey' };
    const opening = await bank.client.post(
      '/api/accounts',
      { name: 'Zqxaccount', type: 'current' },
      { token, headers: key },
    );
    await bank.approve(agent, opening.body.id);
    const mine: string = opening.body.account_id;
    const theirs = await bank.account(other, agent, 5_000);
    const ibanOf = async (id: string) =>
      (await bank.client.get(`/api/accounts/${id}`, { token: agent.token })).body.iban;
    const named = { name: 'Zqxfirst Zqxlast', iban: await ibanOf(mine) };

    const pay = async (
      from: TestPerson,
      account: string,
      to: { name: string; iban: string },
      reference: string,
    ) => {
      const body = { type: 'external_transfer', from_account_id: account, to, amount: 700, reference };
      const sent = await bank.client.post('/api/operations', body, { token: from.token });
      t.is(sent.status, 201, sent.text);
      return sent.body.id as string;
    };
    await bank.client.post('/api/beneficiaries', named, { token: other.token });
    await bank.client.post('/api/beneficiaries', { name: 'Zqxpayee', iban: 'BE68539007547034' }, { token });
    await bank.approve(agent, await pay(other, theirs, named, 'To Zqxfirst'));
    await bank.approve(
      agent,
      await pay(gone, mine, { name: 'Olga Other', iban: await ibanOf(theirs) }, 'From Zqxfirst'),
    );
    await bank.approve(agent, await pay(other, theirs, named, 'To Zqxfirst again'));
    await bank.approve(
      agent,
      await pay(gone, mine, { name: 'Otto Normal', iban: 'DE89370400440532013000' }, 'Abroad'),
    );
    await bank.client.post('/api/payments/batches', {}, { token: agent.token });
    const refused = await pay(other, theirs, named, 'Again');
    await bank.client.post(`/api/operations/${refused}/cancel`, undefined, { token: other.token });
    const deposit = { type: 'deposit', account_id: mine, amount: 5, reference: 'Zqxcancelled' };
    const waiting = await bank.client.post('/api/operations', deposit, { token });
    await bank.client.post(`/api/operations/${waiting.body.id}/cancel`, undefined, { token });
    await bank.client.post('/api/payees/verify', named, { token });
    const hook = { url: 'https://8.8.8.8/zqxpath', events: ['operation.requested'], description: 'Zqxhook' };
    t.is((await bank.client.post('/api/webhooks', hook, { token })).status, 201);
    const last = await bank.client.post('/api/operations', { ...deposit, amount: 6 }, { token });
    await bank.client.post(`/api/operations/${last.body.id}/cancel`, undefined, { token });
    t.is((await bank.owner('webhook_deliveries')).length, 1);

    t.is((await leave(bank, gone)).status, 204);
    t.is(await forgetPeople(bank.deps), 0, 'not before auth has deleted the user');
    await publishDeleted(bank, gone);
    t.is(await forgetPeople(bank.deps), 1);
    t.is(await forgetPeople(bank.deps), 0);

    const places = await placesOf(bank.owner, ['zqx']);
    t.deepEqual(
      places.filter((place) => !(place in STAYS)),
      [],
    );
    t.deepEqual(
      Object.keys(STAYS).filter((place) => !places.includes(place)),
      [],
      'the list has nothing that does not stay',
    );
    t.deepEqual(await bank.owner('webhook_deliveries'), []);

    const cancelled = await bank.client.get(`/api/operations/${waiting.body.id}`, { token: agent.token });
    t.like(cancelled.body, { reference: null, requester: { id: gone.id, username: tombstoneName(gone.id) } });

    // The statement of the other customer, their own requests and the ledger are as before.
    const history = await bank.client.get(`/api/accounts/${theirs}/transactions`, { token: other.token });
    t.true(history.body.items.some((entry: { reference: string }) => entry.reference === 'To Zqxfirst'));
    t.is(
      (await bank.client.get(`/api/operations/${refused}`, { token: other.token })).body.to.name,
      named.name,
    );
    t.deepEqual((await bank.client.get('/api/beneficiaries', { token: other.token })).body.items, []);
    const events = (await bank.deps.db('outbox').select('id', 'subject', 'payload')).flatMap(eventsOf);
    const removed = events
      .map(({ payload }) => JSON.parse(payload))
      .findLast(({ action }) => action === 'BENEFICIARY_REMOVED');
    t.like(removed, { actor: null, concerns: [other.id], data: {} });
    t.true((await bank.client.get('/api/ledger/reconciliation', { token: agent.token })).body.ok);
  },
);

test.serial('a deleted agent has no name in what they decided', async (t) => {
  const { bank } = t.context;
  const [member, gone] = [await bank.person('member'), await bank.person('agent')];
  const account = await bank.account(member, gone, 100);
  const asked = { type: 'deposit', account_id: account, amount: 5 };
  const { id } = (await bank.client.post('/api/operations', asked, { token: member.token })).body;
  await bank.client.post(`/api/operations/${id}/reject`, { reason: 'No' }, { token: gone.token });
  await publishDeleted(bank, gone);
  t.is(await forgetPeople(bank.deps), 1);
  const { decisions } = (await bank.client.get(`/api/operations/${id}`, { token: member.token })).body;
  t.deepEqual(
    decisions.map(({ by }: { by: object }) => by),
    [{ id: gone.id, username: tombstoneName(gone.id) }],
  );
  t.deepEqual(
    (await placesOf(bank.owner, [gone.username])).filter((place) => place !== 'outbox.payload'),
    [],
  );
});

test.serial('a user who comes back with a backup and is deleted again is forgotten again', async (t) => {
  const { bank } = t.context;
  const person = await bank.person('member');
  await publishDeleted(bank, person);
  t.is(await forgetPeople(bank.deps), 1);
  await publish(bank, { id: person.id, username: 'zqxback', status: 'active', role: 'member' });
  t.is(await forgetPeople(bank.deps), 0);
  await publishDeleted(bank, person);
  t.is(await forgetPeople(bank.deps), 1);
});

test.serial('a user whom an operator marks as deleted, after a restore, loses their names too', async (t) => {
  const { bank } = t.context;
  const person = await bank.person('member', 'Zqxlost Person');
  await bank
    .owner('people')
    .where({ id: uuidBytes(person.id) })
    .update({ status: 'deleted' });
  await forgetPeople(bank.deps);
  t.deepEqual(await placesOf(bank.owner, ['zqxlost', person.username]), []);
});

test.serial('a payee whom many customers have saved is removed in steps', async (t) => {
  const { bank } = t.context;
  const [agent, person] = [await bank.person('agent'), await bank.person('member')];
  const accountId = await bank.account(person, agent, 0);
  const { iban } = (await bank.client.get(`/api/accounts/${accountId}`, { token: person.token })).body;
  const row = () => ({
    id: uuidBytes(newId()),
    owner_id: uuidBytes(newId()),
    name: 'P',
    iban,
    created_at: new Date(),
  });
  await bank.owner('beneficiaries').insert(Array.from({ length: 501 }, row));
  await publishDeleted(bank, person);
  t.is(await forgetPeople(bank.deps), 1);
  t.is((await bank.owner('beneficiaries').where({ iban })).length, 0);
});

test.serial("a user who can't be forgotten holds up no other, and is tried again", async (t) => {
  const { bank } = t.context;
  const [stuck, other] = [await bank.person('member'), await bank.person('member')];
  const iban = 'BE68539007547034';
  await bank.client.post('/api/beneficiaries', { name: 'P', iban }, { token: stuck.token });
  await bank.owner.raw(
    `CREATE TRIGGER beneficiaries_stuck BEFORE DELETE ON beneficiaries FOR EACH ROW SIGNAL SQLSTATE '45000'`,
  );
  for (const person of [stuck, other]) await publishDeleted(bank, person);
  const error = await t.throwsAsync(forgetPeople(bank.deps), { instanceOf: AggregateError });
  t.is(error.errors.length, 1);
  t.deepEqual(await placesOf(bank.owner, [other.username]), []);
  await bank.owner.raw('DROP TRIGGER beneficiaries_stuck');
  t.is(await forgetPeople(bank.deps), 1);
});
