import test from 'ava';
import { openTestBank } from '../fixtures.ts';

test('an entry of the first millisecond of a day belongs to that day, in the balance and in the statement', async (t) => {
  const bank = await openTestBank();
  const [agent, alice] = [await bank.person('agent'), await bank.person('member')];
  const id = await bank.account(alice, agent, 100);
  const post = async (time: string, amount: number) => {
    bank.time.now = new Date(time);
    const deposit = { type: 'deposit', account_id: id, amount };
    const { body } = await bank.client.post('/api/operations', deposit, { token: alice.token });
    await bank.approve(agent, body.id);
  };
  // The end of October in Paris.
  await post('2026-10-31T22:59:59.999Z', 10);
  await post('2026-10-31T23:00:00.000Z', 1);
  const get = async (path: string) =>
    (await bank.client.get(`/api/accounts/${id}/${path}`, { token: alice.token })).body;
  const october = await get('statement?month=2026-10');
  t.is(october.closing_balance, 110);
  t.like(await get('balance?at=2026-10-31'), { balance: 110, at: '2026-10-31T22:59:59.999Z' });
  t.is((await get('statement?month=2026-11')).opening_balance, 110);
  t.is((await get('balance?at=2026-11-01')).balance, 111);
  t.is((await get('transactions?to=2026-10-31')).items.length, 2);
  t.is((await get('transactions?from=2026-11-01')).items.length, 1);
  // The balance at a time includes the entries of that millisecond.
  t.is((await get('balance?at=2026-10-31T22:59:59.998Z')).balance, 100);
  t.is((await get('balance?at=2026-10-31T22:59:59.999Z')).balance, 110);
  t.is((await get('balance?at=2026-10-31T23:00:00.000Z')).balance, 111);
  await bank.close();
});
