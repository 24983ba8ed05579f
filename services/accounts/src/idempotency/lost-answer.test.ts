import { eventually, isGalera, type Link, openLink } from '@guichet/testing';
import test from 'ava';
import { openTestBank } from '../fixtures.ts';

const bank = await openTestBank();
test.after.always(() => bank.close());

/**
 * Sends `request` while its outcome cannot be stored, cuts the link meanwhile, and lets the outcome be stored. A Galera node is sent each statement alone: it waits for the
 * COMMIT that is lost, and keeps its locks for up to 20 seconds. So long the client sends the request again.
 */
async function loseAnswer<Reply extends { status: number }>(
  link: Link,
  request: () => Promise<Reply>,
): Promise<Reply> {
  const lost = await bank.owner.transaction(async (locking) => {
    await locking.raw('LOCK TABLES idempotency_keys READ');
    const reply = request();
    await eventually(async () => {
      const [rows] = await bank.owner.raw('SHOW PROCESSLIST');
      return (rows as { State: string | null; db: string | null }[]).some(
        ({ State: state, db }) =>
          db === bank.settings.DATABASE_NAME &&
          /lock/i.test(state ?? '') &&
          /metadata|table/i.test(state ?? ''),
      );
    });
    link.cut();
    await locking.raw('UNLOCK TABLES');
    return { reply };
  });
  const first = await lost.reply;
  if (first.status !== 503 || !(await isGalera(bank.owner))) return first;
  return eventually(async () => {
    const again = await request();
    return again.status === 503 ? null : again;
  }, 60_000);
}

test('a deposit and its approval whose answers are lost are made once, and replied to with their outcome', async (t) => {
  const [member, agent] = [await bank.person('member'), await bank.person('agent')];
  const account = await bank.account(member, agent, 0);
  const links: Link[] = [];
  for (let way = 0; way < 3; way += 1) links.push(await openLink({ target: bank.settings.DATABASE_PORT }));
  const replica = await bank.replica(links.map(({ port }) => `127.0.0.1:${port}`));
  t.teardown(async () => {
    await replica.close();
    for (const link of links) await link.close();
  });
  const [first, second] = links as [Link, Link];
  await replica.client.get('/api/accounts', { token: member.token });

  const deposit = { type: 'deposit', account_id: account, amount: 500 };
  const asked = await loseAnswer(first, () =>
    replica.client.post('/api/operations', deposit, {
      token: member.token,
      headers: { 'Idempotency-Key': 'lost-request' },
    }),
  );
  t.is(asked.status, 201, asked.text);
  const decided = await loseAnswer(second, () =>
    replica.client.post(`/api/operations/${asked.body.id}/approve`, undefined, {
      token: agent.token,
      headers: { 'Idempotency-Key': 'lost-approval' },
    }),
  );
  t.is(decided.status, 200, decided.text);
  t.is(decided.body.status, 'posted');

  const { body } = await bank.client.get(`/api/accounts/${account}`, { token: member.token });
  t.is(body.balance, 500);
  const [[count]] = await bank.owner.raw('SELECT COUNT(*) AS count FROM operations WHERE account_id = ?', [
    Buffer.from(account.replaceAll('-', ''), 'hex'),
  ]);
  t.is(Number(count.count), 2, 'the opening and one deposit');
});
