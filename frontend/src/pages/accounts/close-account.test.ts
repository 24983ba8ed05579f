import type { Account, Operation } from '@guichet/contract/accounts';
import test from 'ava';
import { Browser, locationOf } from '../../testing/browser.ts';
import { buildAccount, buildOperation, buildUser, fakeId } from '../../testing/fixtures.ts';
import { problem } from '../../testing/messages.ts';
import { startFrontend } from '../../testing/start-frontend.ts';
import { closingOf } from './closing.ts';

const alice = buildUser('alice', 'member');
const empty = { balance: 0, held: 0, available: 0 };
const id = fakeId(2, 4);
const path = `/accounts/${id}/close`;
const frontend = await startFrontend();
test.after.always(() => frontend.close());

/** The request to close the account, which waits. */
const closure = buildOperation(1, alice, {
  type: 'close_account',
  account_id: id,
  from_account_id: null,
  amount: null,
});
const list = (items: object[]) => ({ status: 200, body: { items, next: null } });

/** Answers the next visit of the page with this account, what waits on it, and the customer's open accounts. */
function plan(changes: Partial<Account>, waiting: Operation[] = [], others: Account[] = []): void {
  const account = buildAccount(4, alice, changes);
  frontend.bank.answerNext('GET', `/api/accounts/${id}`, { status: 200, body: account });
  frontend.bank.answerNext('GET', '/api/operations', list(waiting));
  frontend.bank.answerNext('GET', '/api/operations', list([]));
  frontend.bank.answerNext('GET', '/api/accounts', list([account, ...others]));
}

async function signedIn(): Promise<Browser> {
  const browser = new Browser(frontend.url);
  await browser.signIn('alice');
  return browser;
}

test.serial(
  'an empty account without requests can be closed; the customer sees what they keep',
  async (t) => {
    const browser = await signedIn();
    plan(empty, [], [buildAccount(5, alice)]);
    const { html } = await browser.get(path);
    t.regex(html, /The account is empty[\s\S]*No request is waiting[\s\S]*You keep 1 other account/);
    t.regex(html, /statement\?month=2026-08&format=pdf/);
    t.true(html.includes('Request closure</button>'));
    const sent = await browser.submit(path, {});
    t.regex(locationOf(sent), /^\/operations\//);
  },
);

test.serial('an account with money offers a transfer of all of it, and no confirmation', async (t) => {
  const browser = await signedIn();
  plan({ balance: 50_000, held: 0, available: 80_000, overdraft: 30_000 });
  const { html } = await browser.get(path);
  t.regex(html, /There’s still €500\.00 in the account/);
  t.true(html.includes(`href="/transfers/new?empty=${id}">Transfer €500.00`), 'not the overdraft');
  t.regex(html, /This is your last open account/);
  t.regex(html, /You have no other account in EUR/);
  t.false(html.includes('Request closure</button>'));
});

test.serial('an overdrawn account must be paid in first', async (t) => {
  const browser = await signedIn();
  plan({ balance: -1_250, held: 0, available: 3_750, overdraft: 5_000 });
  const { html } = await browser.get(path);
  t.regex(html, /The account is overdrawn: −€12\.50/);
  t.true(html.includes(`/deposits/new?account=${id}`));
  t.false(html.includes('transfers/new?empty'));
});

test.serial('requests that wait are linked, and withdrawing one leads back', async (t) => {
  const browser = await signedIn();
  const waiting = buildOperation(1, alice, { from_account_id: id });
  plan({ balance: 90_000, held: 90_000, available: 0 }, [waiting]);
  const { html } = await browser.get(path);
  t.regex(html, /All of it is reserved/);
  t.true(html.includes(`href="/operations/${waiting.id}"`));
  t.regex(html, /€60\.00 is reserved by the bank/);
  const cancel = `/operations/${waiting.id}/cancel`;
  plan({ balance: 90_000, held: 90_000, available: 0 }, [waiting]);
  const sent = await browser.submit(cancel, {}, path);
  t.is(sent.headers.location, path);
  const elsewhere = await browser.submit(cancel, { closing: 'https://evil.example' }, path);
  t.is(elsewhere.headers.location, `/operations/${waiting.id}`, 'only an id leads to an account');
});

test.serial(
  'money that came in meanwhile is refused by the bank, and the same page says what is left to do',
  async (t) => {
    const browser = await signedIn();
    frontend.bank.answerNext('POST', `/api/accounts/${id}/close`, {
      status: 409,
      body: problem(409, 'account_not_empty'),
    });
    const sent = await browser.submit(path, {});
    t.is(sent.status, 303);
    plan({ balance: 2_000, held: 0, available: 2_000 });
    const page = await browser.follow(sent);
    t.regex(page.html, /There’s still money in the account, or a request is pending\./);
    t.regex(page.html, /There’s still €20\.00 in the account/);
    t.regex(page.html, /<title>Error:/);
    t.false(page.html.includes('Request closure</button>'));
  },
);

test.serial('a double click makes one request, and a form without its key is not sent', async (t) => {
  const browser = await signedIn();
  const before = frontend.bank.carriedOut.length;
  const { html } = await browser.get(path);
  const field = (name: string) =>
    new RegExp(`name="${name}" value="([^"]+)"`).exec(html.split(`action="${path}"`)[1] ?? html)?.[1] ?? '';
  const fields = { _csrf: field('_csrf'), idempotency_key: field('idempotency_key'), draft: field('draft') };
  const [first, second] = await Promise.all([browser.post(path, fields), browser.post(path, fields)]);
  t.is(first.headers.location, second.headers.location);
  t.is(frontend.bank.carriedOut.length, before + 1);
  const bare = await browser.post(path, { _csrf: fields._csrf });
  t.not(bare.status, 303);
  t.is(frontend.bank.carriedOut.length, before + 1);
});

test.serial(
  'the closure of an account that is closed, or whose closure was requested, can’t be requested again',
  async (t) => {
    const browser = await signedIn();
    plan(empty, [closure]);
    const { html } = await browser.get(path);
    t.regex(html, /You asked to close this account on 20 Nov 2026/);
    t.false(html.includes('Request closure</button>'));
    plan({ ...empty, status: 'closed' });
    const closed = await browser.get(path);
    t.is(closed.headers.location, `/accounts/${id}`);
  },
);

test.serial(
  'a closing that another tab has requested meanwhile is refused, and the page links to it',
  async (t) => {
    const browser = await signedIn();
    const refusal = { status: 409, body: problem(409, 'already_requested') };
    frontend.bank.answerNext('POST', `/api/accounts/${id}/close`, refusal);
    const sent = await browser.submit(path, {});
    plan(empty, [closure]);
    const { html } = await browser.follow(sent);
    t.regex(html, /You’ve already requested this/);
    t.true(html.includes(`href="/operations/${closure.id}"`));
    t.false(html.includes('Request closure</button>'));
  },
);

test.serial('another customer’s account is not found', async (t) => {
  t.is((await (await signedIn()).get(`/accounts/${fakeId(2, 99)}/close`)).status, 404);
});

test('while requests can’t be loaded, what is reserved still counts', (t) => {
  const account = buildAccount(4, alice, { balance: 0, held: 500, available: -500 });
  const closing = closingOf(account, null, null);
  t.false(closing.isReady);
  t.is(closing.otherReservedMinor, 500);
  t.is(closing.otherAccounts, null);
  t.true(closingOf({ ...account, held: 0 }, null, null).isReady, 'the bank decides');
});
