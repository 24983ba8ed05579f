import type { UserEvent } from '@guichet/contract/events';
import { newId, queryOnce } from '@guichet/database';
import { buildUserEvent } from '@guichet/testing';
import anyTest, { type TestFn } from 'ava';
import { openTestBank, type TestBank } from '../fixtures.ts';
import { saveUsers } from './store.ts';

const test = anyTest as TestFn<{ bank: TestBank }>;

test.before(async (t) => {
  t.context.bank = await openTestBank();
});
test.after.always((t) => t.context.bank.close());

function user(change: Partial<UserEvent>): UserEvent {
  const id = newId();
  const name = { first_name: 'Zoé', last_name: 'Lefèvre' };
  return buildUserEvent({ id, username: `zoe-${id.slice(-8)}`, ...name, verified_name: name, ...change });
}

test('a name changed in the profile is not shown anywhere until an agent verifies it', async (t) => {
  const { bank } = t.context;
  const agent = await bank.person('agent');
  const zoe = await bank.person('member', 'Zoé Lefèvre');
  const account = await bank.account(zoe, agent, 100);
  const renamed = user({ id: zoe.id, username: zoe.username, first_name: 'Trésor', last_name: 'Public' });
  const shown = async () => {
    const { body } = await bank.client.get(`/api/accounts/${account}`, { token: zoe.token });
    const check = (name: string) =>
      bank.client.post('/api/payees/verify', { iban: body.iban, name }, { token: agent.token });
    const statement = await bank.client.get(`/api/accounts/${account}/statement`, { token: zoe.token });
    return [
      body.owner_name,
      statement.body.account.owner_name,
      (await check('Zoé Lefèvre')).body.result,
      (await check('Trésor Public')).body.result,
    ];
  };
  await queryOnce(bank.deps.db, saveUsers([{ ...renamed, version: 2 }]));
  t.deepEqual(await shown(), ['Zoé Lefèvre', 'Zoé Lefèvre', 'match', 'no_match']);
  await queryOnce(
    bank.deps.db,
    saveUsers([{ ...renamed, version: 3, verified_name: { first_name: 'Trésor', last_name: 'Public' } }]),
  );
  t.deepEqual(await shown(), ['Trésor Public', 'Trésor Public', 'no_match', 'match']);
});

test('without a verified name the username is shown, and the name in the profile matches nothing', async (t) => {
  const { bank } = t.context;
  const agent = await bank.person('agent');
  const zoe = await bank.person('member', 'Zoé Lefèvre');
  const account = await bank.account(zoe, agent);
  for (const [version, verified_name] of [
    [2, null],
    [3, { first_name: null, last_name: null }],
    // As in an event of an older release.
    [4, undefined],
  ] as const) {
    await queryOnce(
      bank.deps.db,
      saveUsers([
        { ...user({ id: zoe.id, username: zoe.username, version }), verified_name: verified_name as null },
      ]),
    );
    const { body } = await bank.client.get(`/api/accounts/${account}`, { token: zoe.token });
    t.is(body.owner_name, zoe.username);
    const check = { iban: body.iban, name: 'Zoé Lefèvre' };
    const { body: checked } = await bank.client.post('/api/payees/verify', check, { token: agent.token });
    t.deepEqual(checked, { result: 'no_match', suggestion: null });
  }
});

test('the longest names fit, also as the counterparty of an entry', async (t) => {
  const { bank } = t.context;
  const agent = await bank.person('agent');
  const [first_name, last_name] = ['é'.repeat(100), '日'.repeat(100)];
  const [from, to] = [await bank.person('member'), await bank.person('member')];
  for (const { id, username } of [from, to]) {
    await queryOnce(
      bank.deps.db,
      saveUsers([
        user({ id, username, version: 2, first_name, last_name, verified_name: { first_name, last_name } }),
      ]),
    );
  }
  const [source, target] = [await bank.account(from, agent, 100), await bank.account(to, agent)];
  const { body } = await bank.client.get(`/api/accounts/${target}`, { token: to.token });
  t.is(body.owner_name, `${first_name} ${last_name}`);
  const requested = await bank.client.post(
    '/api/virement',
    { compte_source: source, iban: body.iban, montant: 40 },
    { token: from.token },
  );
  const decided = await bank.approve(agent, requested.body.id);
  t.is(decided.body.status, 'posted', decided.text);
  const history = await bank.client.get(`/api/accounts/${target}/transactions`, { token: to.token });
  t.is(history.body.items[0].counterparty.name, `${first_name} ${last_name}`);
});

test('a transfer to a bare number of this bank does not reveal its holder, nor does its reversal', async (t) => {
  const { bank } = t.context;
  const [agent, other] = [await bank.person('agent'), await bank.person('agent')];
  const [from, to] = [await bank.person('member'), await bank.person('member', 'Secret Holder')];
  const [source, target] = [await bank.account(from, agent, 100), await bank.account(to, agent)];
  const { iban, rib } = (await bank.client.get(`/api/accounts/${target}`, { token: to.token })).body;
  for (const payee of [{ iban }, { rib }, { to: { iban } }, { to: { name: null, rib } }]) {
    const requested = await bank.client.post(
      '/api/virement',
      { compte_source: source, montant: 10, ...payee },
      { token: from.token },
    );
    t.deepEqual(requested.body.to, { name: null, iban }, requested.text);
    const decided = await bank.approve(agent, requested.body.id);
    t.deepEqual([decided.body.status, decided.body.to], ['posted', { name: null, iban }]);
    const { transfer_id } = decided.body;
    const reversal = { type: 'reversal', transfer_id, reason: 'Sent by mistake' };
    const back = await bank.client.post('/api/operations', reversal, { token: agent.token });
    t.is((await bank.approve(other, back.body.id)).body.status, 'posted');
  }
  const history = await bank.client.get(`/api/accounts/${source}/transactions`, { token: from.token });
  t.false(history.text.includes('Secret'));
  const statement = await bank.client.get(`/api/accounts/${source}/statement`, { token: from.token });
  t.false(statement.text.includes('Secret'));
});
