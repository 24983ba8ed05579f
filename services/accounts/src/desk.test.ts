import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '@guichet/database';
import { eventually } from '@guichet/testing';
import anyTest, { type TestFn } from 'ava';
import { openTestBank, type TestBank, type TestPerson } from './fixtures.ts';

interface Context {
  test: TestBank;
  agent: TestPerson;
  alice: TestPerson;
}
const test = anyTest.serial as TestFn<Context>;

test.before(async (t) => {
  const bank = await openTestBank();
  t.context = { test: bank, agent: await bank.person('agent'), alice: await bank.person('member') };
});
test.after.always((t) => t.context.test.close());

async function deposits({ test: bank, alice, agent }: Context, references: string[]) {
  const account = await bank.account(alice, agent);
  const asked = await Promise.all(
    references.map((reference) =>
      bank.client.post(
        '/api/operations',
        { type: 'deposit', account_id: account, amount: 100, reference },
        { token: alice.token },
      ),
    ),
  );
  return { account, ids: asked.map(({ body }) => body.id as string) };
}

test('when 8,192 verdicts wait one more is told 503 with Retry-After, and every one that waits is answered', async (t) => {
  const { test: bank, agent, alice } = t.context;
  const { ids } = await deposits(t.context, ['first', 'refused']);
  const [first = '', refused = ''] = ids;
  const ruling = (operationId: string) => ({
    operationId,
    verdict: 'approve' as const,
    by: { id: agent.id, username: agent.username, role: 'agent' as const },
    reason: null,
    correlationId: null,
    idempotency: null,
  });
  // Somebody sits on the first one's row, and what comes after waits.
  const sitting = await bank.bank.db.transaction();
  await sitting('operations').where('id', first).forUpdate();
  const waiting = [bank.desk.decide(ruling(first))];
  await sleep(50);
  for (let i = 0; i < 8_192; i += 1) waiting.push(bank.desk.decide(ruling(newId())));
  t.is(bank.desk.waiting.decisions, 8_192);
  const reply = await bank.approve(agent, refused);
  t.like(reply, { status: 503, body: { code: 'unavailable' } });
  t.regex(String(reply.headers['retry-after']), /^\d+$/);
  // Requests have a window of their own.
  const opening = { name: 'Other', type: 'current' };
  t.is((await bank.client.post('/api/accounts', opening, { token: alice.token })).status, 201);
  await sitting.rollback();
  const answers = await Promise.all(waiting);
  t.false('refusal' in (answers[0]?.answer ?? { refusal: true }));
  t.true(answers.slice(1).every(({ answer }) => 'refusal' in answer && answer.refusal.code === 'not_found'));
  t.is((await bank.approve(agent, refused)).body.status, 'posted');
});

test('an item on which the database fails is isolated: its neighbours in the batch are posted, and it waits on', async (t) => {
  const { test: bank, agent, alice } = t.context;
  await bank.bank.db.raw(
    `CREATE TRIGGER poison BEFORE INSERT ON transfers FOR EACH ROW
     IF NEW.reference = 'poison' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'poison'; END IF`,
  );
  const { account, ids } = await deposits(t.context, ['a', 'b', 'poison', 'c', 'd']);
  const sitting = await bank.bank.db.transaction();
  await sitting('operations').where('id', ids[0]).forUpdate();
  const first = bank.approve(agent, ids[0] ?? '');
  await sleep(50);
  // While the first waits for its row, the others gather and go as one batch.
  const others = ids.slice(1).map((id) => bank.approve(agent, id));
  await eventually(() => bank.desk.waiting.decisions === 4);
  await sitting.rollback();
  const replies = [await first, ...(await Promise.all(others))];
  t.deepEqual(
    replies.map(({ body }) => body.code ?? body.status),
    ['posted', 'posted', 'internal_error', 'posted', 'posted'],
  );
  t.is((await bank.client.get(`/api/accounts/${account}`, { token: alice.token })).body.balance, 400);
  const poisoned = await bank.client.get(`/api/operations/${ids[2]}`, { token: agent.token });
  t.is(poisoned.body.status, 'pending');

  // In a bundle as well, and under its key the good ones are not done again.
  const more = await deposits(t.context, ['e', 'poison', 'f']);
  const bundle = { items: more.ids.map((id) => ({ id, decision: 'approve' })) };
  const decide = () =>
    bank.client.post('/api/operations/decisions', bundle, {
      token: agent.token,
      headers: { 'idempotency-key': 'poisoned-bundle' },
    });
  for (const reply of [await decide(), await decide()]) {
    t.deepEqual(
      reply.body.items.map((one: { status: string; error: { code: string } | null }) => [
        one.status,
        one.error?.code,
      ]),
      [
        ['posted', undefined],
        ['pending', 'internal_error'],
        ['posted', undefined],
      ],
    );
  }
  const books = await bank.client.get('/api/ledger/reconciliation', { token: agent.token });
  t.true(books.body.ok, books.text);
});
