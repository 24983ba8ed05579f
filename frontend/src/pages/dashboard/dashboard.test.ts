import test from 'ava';
import { household } from '../../testing/answers/accounts.ts';
import { pendingTransfer, refusedTransfer } from '../../testing/answers/operations.ts';
import { Browser } from '../../testing/browser.ts';
import { buildAccount, buildEntries, buildOperation, buildUser } from '../../testing/fixtures.ts';
import { startFrontend } from '../../testing/start-frontend.ts';

const alice = buildUser('alice', 'member');
const frontend = await startFrontend();
test.after.always(() => frontend.close());

async function signedIn(): Promise<Browser> {
  const browser = new Browser(frontend.url);
  await browser.signIn('alice');
  return browser;
}

const list = (items: object[]) => ({ status: 200, body: { items, next: null } });
/** The part of the page from the heading `id` to the next heading. */
const section = (html: string, id: string) => html.split(`id="${id}"`)[1]?.split('<h2')[0] ?? '';

test.serial('totals are per currency, with what is available and what is reserved', async (t) => {
  const browser = await signedIn();
  const yen = { currency: 'JPY', balance: 15_000, held: 0, available: 15_000 };
  const accounts = [household, buildAccount(7, alice), buildAccount(8, alice, yen)];
  frontend.bank.answerNext('GET', '/api/accounts', list(accounts));
  const total = section((await browser.get('/dashboard')).html, 'total');
  t.regex(total, /€9,646\.34[\s\S]*€7,966\.34 available[\s\S]*href="#waiting">€1,680\.00 reserved/);
  t.regex(total, /¥15,000<[\s\S]*¥15,000 available/);
  t.is(total.match(/reserved/g)?.length, 1, 'nothing is reserved in yen');
});

test.serial('the requests that reserve money are named, with payee, amount and since when', async (t) => {
  const waiting = section((await (await signedIn()).get('/dashboard')).html, 'waiting');
  const row = waiting.split('<li>').find((item) => item.includes(`/operations/${pendingTransfer.id}"`));
  t.regex(row ?? '', /Régie Immobilière du Parc[\s\S]*€840\.00[\s\S]*reserved since 20 Nov 2026/);
  const opening = waiting.split('<li>').find((item) => item.includes('Account opening'));
  t.regex(opening ?? '', /since 20 Nov 2026/);
  t.false(opening?.includes('reserved'));
});

test.serial('a refused request has the agent’s reason, and a way to try again', async (t) => {
  const browser = await signedIn();
  const refused = section((await browser.get('/dashboard')).html, 'refused');
  t.regex(refused, /Atelier Vasseur[\s\S]*€125\.00[\s\S]*rejected on [\s\S]*The invoice is for someone else/);
  const again = /href="(\/transfers\/new\?repeat=[^"]+)"/.exec(refused)?.[1] ?? '';
  t.is(again, `/transfers/new?repeat=${refusedTransfer.id}`);
  const form = await browser.get(again);
  t.regex(form.html, /name="amount"[^>]*value="125\.00"/);
});

test.serial('the page says in words why the ledger refused an approval', async (t) => {
  const browser = await signedIn();
  const stuck = buildOperation(9, alice, { refusal: { code: 'insufficient_funds', title: 'No' } });
  for (let call = 0; call < 4; call += 1) frontend.bank.answerNext('GET', '/api/operations', list([stuck]));
  const waiting = section((await browser.get('/dashboard')).html, 'waiting');
  t.regex(waiting, /Not approved yet\. Insufficient funds\./);
});

test.serial('trying a deposit or a withdrawal again fills in what was requested', async (t) => {
  const browser = await signedIn();
  for (const type of ['deposit', 'withdrawal'] as const) {
    const operation = buildOperation(9, alice, {
      type,
      to: null,
      from_account_id: null,
      account_id: household.id,
      amount: 4_250,
      reference: 'Fair',
    });
    const path = `/api/operations/${operation.id}`;
    frontend.bank.answerNext('GET', path, { status: 200, body: operation });
    const { html } = await browser.get(`/${type}s/new?repeat=${operation.id}`);
    t.regex(html, /name="amount"[^>]*value="42\.50"/);
    t.regex(html, /name="reference"[^>]*value="Fair"/);
    t.regex(html, new RegExp(`value="${household.id}"[^>]* selected`));
    frontend.bank.answerNext('GET', path, { status: 200, body: { ...operation, type: 'external_transfer' } });
    t.regex((await browser.get(`/${type}s/new?repeat=${operation.id}`)).html, /name="amount"[^>]*value=""/);
  }
  t.is((await browser.get(`/deposits/new?repeat=${household.id}`)).status, 200, 'another’s is ignored');
});

test.serial('if nothing needs attention, one quiet line says so', async (t) => {
  const browser = await signedIn();
  for (let call = 0; call < 4; call += 1) frontend.bank.answerNext('GET', '/api/operations', list([]));
  const account = buildAccount(1, alice, { held: 0, available: 482_317 });
  frontend.bank.answerNext('GET', '/api/accounts', list([account]));
  const { html } = await browser.get('/dashboard');
  t.regex(html, /Nothing is waiting, and nothing was rejected recently\./);
  t.false(html.includes('id="refused"'));
});

test.serial('a customer without an account sees why the first was refused', async (t) => {
  const browser = await signedIn();
  frontend.bank.answerNext('GET', '/api/accounts', list([]));
  const { html } = await browser.get('/dashboard');
  t.regex(html, /No accounts yet/);
  t.true(html.includes('id="refused"'));
  t.false(html.includes('id="recent"'));
});

test.serial('without the requests, the page shows the money and says what is missing', async (t) => {
  const browser = await signedIn();
  frontend.bank.answerNext('GET', '/api/operations', { status: 503 });
  const { status, html } = await browser.get('/dashboard');
  t.is(status, 200);
  t.regex(html, /Missing: requests\./);
  t.regex(section(html, 'waiting'), /We can’t show this right now/);
  t.false(html.includes('Nothing is waiting'));
});

test.serial(
  'money from others and corrections lead to the account, because their request is not the customer’s',
  async (t) => {
    const browser = await signedIn();
    const [, sent] = buildEntries(2, household);
    const received = { ...sent, id: household.id, amount: 5_000 };
    const reversal = { ...sent, id: pendingTransfer.id, type: 'reversal' };
    const path = `/api/accounts/${household.id}/transactions`;
    for (const page of ['/dashboard', `/accounts/${household.id}`]) {
      frontend.bank.answerNext('GET', '/api/accounts', list([household]));
      frontend.bank.answerNext('GET', path, list([received, reversal]));
      const { html } = await browser.get(page);
      t.false(html.includes(`/operations/${sent?.operation_id}`), page);
      frontend.bank.answerNext('GET', '/api/accounts', list([household]));
      frontend.bank.answerNext('GET', path, list([sent ?? {}]));
      t.true((await browser.get(page)).html.includes(`/operations/${sent?.operation_id}`), page);
    }
  },
);
