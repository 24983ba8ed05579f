import { setTimeout as sleep } from 'node:timers/promises';
import { newId, uuidBytes } from '@guichet/database';
import { eventually } from '@guichet/testing';
import anyTest, { type TestFn } from 'ava';
import { openTestBank, type TestBank, type TestPerson } from './fixtures.ts';
import type { Outcome } from './idempotency/outcome.ts';
import type { OperationState } from './operations/operation.ts';

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
  const requested = await Promise.all(
    references.map((reference) =>
      bank.client.post(
        '/api/operations',
        { type: 'deposit', account_id: account, amount: 100, reference },
        { token: alice.token },
      ),
    ),
  );
  return { account, ids: requested.map(({ body }) => body.id as string) };
}

/** Locks operations and submits a decision for each, so that all batches that can run at once are blocked until `release`. */
async function lockAndDecide({ test: bank, agent }: Context, ids: readonly string[]) {
  const locking = await bank.deps.db.transaction();
  await locking('operations').whereIn('id', ids.map(uuidBytes)).orderBy('id').forUpdate();
  const replies = [];
  for (const id of ids) {
    replies.push(bank.approve(agent, id));
    await sleep(50);
  }
  const held = bank.queue.waiting.decisions;
  return { replies: Promise.all(replies), held, release: () => locking.rollback() };
}

test('with 8,192 decisions waiting, one more gets 503 with Retry-After, and the waiting ones are all decided', async (t) => {
  const { test: bank, agent, alice } = t.context;
  const { ids } = await deposits(t.context, ['first', 'second', 'third', 'refused']);
  const [refused = ''] = ids.splice(3);
  const { replies, held, release } = await lockAndDecide(t.context, ids);
  t.true(held > 0, 'more batches run at once than this test expects');
  const waiting: Promise<Outcome<OperationState>>[] = [];
  while (bank.queue.waiting.decisions < 8_192) {
    waiting.push(
      bank.queue.decide({
        operationId: newId(),
        action: 'approve',
        by: { id: agent.id, username: agent.username, role: 'agent' },
        reason: null,
        correlationId: null,
        idempotency: null,
      }),
    );
  }
  const reply = await bank.approve(agent, refused);
  t.like(reply, { status: 503, body: { code: 'unavailable' } });
  t.regex(String(reply.headers['retry-after']), /^\d+$/);
  // Requests have their own queue.
  const opening = { name: 'Other', type: 'current' };
  t.is((await bank.client.post('/api/accounts', opening, { token: alice.token })).status, 201);
  await release();
  t.true((await replies).every(({ body }) => body.status === 'posted'));
  const outcomes = await Promise.all(waiting);
  t.is(outcomes.length, 8_192 - held);
  t.true(outcomes.every((one) => 'refusal' in one && one.refusal.code === 'not_found'));
  t.is((await bank.approve(agent, refused)).body.status, 'posted');
});

test('an item on which the database fails is isolated: the others in its batch are posted, and it stays pending', async (t) => {
  const { test: bank, agent, alice } = t.context;
  await bank.owner.raw(
    `CREATE TRIGGER poison BEFORE INSERT ON entries FOR EACH ROW
     IF NEW.reference = 'poison' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'poison'; END IF`,
  );
  const { account, ids } = await deposits(t.context, ['a', 'b', 'c', 'd', 'poison', 'e', 'f']);
  const { replies: first, held, release } = await lockAndDecide(t.context, ids.slice(0, 3));
  // While those wait for their locks, the others accumulate and become one batch.
  const others = ids.slice(3).map((id) => bank.approve(agent, id));
  await eventually(() => bank.queue.waiting.decisions === held + others.length);
  await release();
  const replies = [...(await first), ...(await Promise.all(others))];
  t.deepEqual(
    replies.map(({ body }) => body.code ?? body.status),
    ['posted', 'posted', 'posted', 'posted', 'internal_error', 'posted', 'posted'],
  );
  t.is((await bank.client.get(`/api/accounts/${account}`, { token: alice.token })).body.balance, 600);
  const poisoned = await bank.client.get(`/api/operations/${ids[4]}`, { token: agent.token });
  t.is(poisoned.body.status, 'pending');

  // The same in a bulk decision, and a retry with its key does not decide the others again.
  const more = await deposits(t.context, ['g', 'poison', 'h']);
  const bulk = { items: more.ids.map((id) => ({ id, decision: 'approve' })) };
  const decide = () =>
    bank.client.post('/api/operations/decisions', bulk, {
      token: agent.token,
      headers: { 'idempotency-key': 'poisoned-bulk' },
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
  const books = await bank.client.post('/api/ledger/reconciliation', undefined, { token: agent.token });
  t.true(books.body.ok, books.text);
});
