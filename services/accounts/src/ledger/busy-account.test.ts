import test from 'ava';
import { openTestBank } from '../fixtures.ts';

interface Line {
  id: string;
  operation_id: string;
  account_id: string;
  amount: number;
  balance_after: number;
}

const STARTED_WITH = 1_000_000;
const PER_KIND = 80;

test('hundreds of postings at once on one account: each operation has the balance right after it, then and later', async (t) => {
  const bank = await openTestBank({ secondAgentAboveMinor: 1_000_000_000n });
  t.teardown(() => bank.close());
  const second = await bank.replica();
  t.teardown(() => second.close());
  const [alice, ann, ben] = [
    await bank.person('member'),
    await bank.person('agent'),
    await bank.person('agent'),
  ];
  const [busy, other] = [
    await bank.account(alice, ann, STARTED_WITH),
    await bank.account(alice, ann, STARTED_WITH),
  ];
  const request = async (body: Record<string, unknown>): Promise<string> =>
    (await bank.client.post('/api/operations', body, { token: alice.token })).body.id;
  const ids = await Promise.all(
    Array.from({ length: PER_KIND }, (_, index) => [
      request({ type: 'deposit', account_id: busy, amount: 100 + index }),
      request({ type: 'withdrawal', account_id: busy, amount: 300 + index }),
      request({
        type: 'internal_transfer',
        from_account_id: busy,
        to_account_id: other,
        amount: 500 + index,
      }),
      request({
        type: 'internal_transfer',
        from_account_id: other,
        to_account_id: busy,
        amount: 700 + index,
      }),
    ]).flat(),
  );
  const entriesOf = async (id: string): Promise<Line[]> =>
    (await bank.client.get(`/api/operations/${id}/entries`, { token: ann.token })).body.items;
  const posted = await Promise.all(
    ids.map(async (id, index) => {
      const [{ client }, agent] = [index % 2 === 0 ? bank : second, index % 3 === 0 ? ann : ben];
      const decided = await client.post(`/api/operations/${id}/approve`, undefined, { token: agent.token });
      // While the others are being posted.
      return { id, status: decided.body.status, entries: await entriesOf(id) };
    }),
  );
  t.true(posted.every(({ status }) => status === 'posted'));

  for (const account of [busy, other]) {
    const history: Line[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { body } = await bank.client.get(`/api/accounts/${account}/transactions?limit=200${query}`, {
        token: alice.token,
      });
      history.push(...body.items);
      cursor = body.next;
    }
    let balance = 0;
    for (const line of history.toReversed()) {
      balance += line.amount;
      t.is(line.balance_after, balance, 'in the order of the ledger');
    }
    const shown = (await bank.client.get(`/api/accounts/${account}`, { token: alice.token })).body;
    t.is(shown.balance, balance);
    const lines = new Map(history.map((line) => [line.operation_id, line]));
    for (const { id, entries } of posted) {
      const own = entries.find(({ account_id }) => account_id === account);
      if (own === undefined) continue;
      const { id: entryId, amount, balance_after } = lines.get(id) as Line;
      t.like(own, { id: entryId, amount, balance_after }, 'as it was read in the middle');
    }
  }
  for (const { id, entries } of posted) {
    t.deepEqual(await entriesOf(id), entries, 'as it is read later');
    t.is(
      entries.reduce((sum, { amount }) => sum + amount, 0),
      0,
      'both sides',
    );
  }
});
