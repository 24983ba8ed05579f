import { eventually } from '@guichet/testing';
import { launchChromium } from '@guichet/testing/chromium';
import { type RunningBank, startBank } from '@guichet/tools';
import test from 'ava';
import type { Browser } from 'playwright-core';
import { signIn, visit } from './browser.ts';
import { openFirstAccount } from './first-account.ts';
import { Person } from './person.ts';

// The story of operations of every kind and ending at the real services, read without scripts.

let bank: RunningBank;
let browser: Browser;
test.before(async () => {
  bank = await startBank();
  browser = await launchChromium();
});
test.after.always(async () => {
  await browser?.close();
  await bank?.stop();
});

test('every operation has its whole story: who opened it, the ledger, the email, and entries that verify', async (t) => {
  t.timeout(900_000);
  const { agent, member, accountId } = await openFirstAccount(bank);
  const root = new Person(bank.url, bank.logins.superuser.username, bank.logins.superuser.password);
  await root.logIn();
  const second = new Person(bank.url, 'second', 'Counter and window 2');
  await root.post('/api/auth/agents', {
    username: 'second',
    email: 'second@guichet.example',
    password: second.password,
  });
  await second.logIn();
  const request = async (who: Person, path: string, body?: object): Promise<string> => {
    const reply = await eventually(async () => {
      const tried = await who.post(path, body);
      return tried.status === 201 ? tried : null;
    });
    return reply.body.id;
  };
  const operation = (body: object) => request(member, '/api/operations', body);
  const decide = async (who: Person, id: string, verdict: 'approve' | 'reject' = 'approve') => {
    const body = verdict === 'reject' ? { reason: 'The form is unreadable' } : undefined;
    const reply = await eventually(async () => {
      const tried = await who.post(`/api/operations/${id}/${verdict}`, body);
      return tried.status === 200 ? tried : null;
    });
    return reply.body as { transfer_id: string };
  };
  const deposit = (amount: number) => operation({ type: 'deposit', account_id: accountId, amount });

  const told: [id: string, story: RegExp][] = [];
  const posted = await deposit(50_000);
  await agent.get(`/api/operations/${posted}`);
  const { transfer_id } = await decide(agent, posted);
  told.push([
    posted,
    /member requested this.*agent opened this.*agent approved this.*Email about it: sent.*Debit The bank’s cash −€500\.00 –.*Credit Main.*\+€500\.00 €500\.00/,
  ]);
  const rejected = await deposit(10);
  await decide(agent, rejected, 'reject');
  told.push([rejected, /agent rejected this.*The form is unreadable.*Email about it: sent/]);
  const cancelled = await deposit(20);
  await member.post(`/api/operations/${cancelled}/cancel`);
  told.push([cancelled, /member withdrew this request/]);
  const large = await deposit(1_500_000);
  await decide(agent, large);
  await decide(second, large);
  told.push([large, /agent approved this, as the first of two agents.*second approved this.*€15,500\.00/]);
  const other = (await member.post('/api/accounts', { name: 'Savings', type: 'savings' })).body;
  await decide(second, other.id);
  told.push([other.id, /The account was opened/]);
  const moves = await Promise.all(
    [100, 200].map((amount) =>
      operation({
        type: 'internal_transfer',
        from_account_id: accountId,
        to_account_id: other.account_id,
        amount,
      }),
    ),
  );
  const items = moves.map((id) => ({ id, decision: 'approve' }));
  t.is((await second.post('/api/operations/decisions', { items })).status, 200);
  for (const id of moves)
    told.push([id, /€1\.00|€2\.00/], [id, /second approved this.*Debit Main.*Credit Savings/]);
  const outside = await operation({
    type: 'external_transfer',
    from_account_id: accountId,
    to: { name: 'Atelier', iban: 'DE89370400440532013000' },
    amount: 300,
  });
  await decide(second, outside);
  told.push([
    outside,
    /reserved.*second approved this.*The money left the account.*Credit Settlement with other banks/,
  ]);
  const rib = await request(member, `/api/accounts/${other.account_id}/rib`);
  await decide(second, rib);
  told.push([rib, /The account has its new RIB/]);
  const reversal = await request(agent, '/api/operations', {
    type: 'reversal',
    transfer_id,
    reason: 'Twice',
  });
  await decide(second, reversal);
  told.push([reversal, /The payment was reversed.*Reverses The original operation/]);
  told.push([posted, /This was reversed.*See the reversal.*€500\.00 €500\.00/]);

  const visitor = await visit(browser, bank.url, { javaScriptEnabled: false });
  await signIn(visitor, { username: agent.username, password: agent.password });
  const { page } = visitor;
  const textOf = async (part: string) =>
    (await page.locator(part).innerHTML()).replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
  const read = async (path: string) => {
    await page.goto(path);
    return textOf('main');
  };
  for (const [id, story] of told) {
    await eventually(async () => story.test(await read(`/operations/${id}`)) || null, 20_000).catch(
      async () => t.regex(await read(`/operations/${id}`), story),
    );
    const text = await read(`/operations/${id}`);
    t.notRegex(text, /audit log (?:doesn’t have|has no entry)/, 'every step has its entry');
    await page.locator('#audit a.button').click();
    t.regex(await textOf('#audit'), /entr(?:y is|ies are) as (?:it|they) (?:was|were) stored/);
    t.true((await page.locator('#audit li[id^=entry-]').count()) > 1);
  }
});
