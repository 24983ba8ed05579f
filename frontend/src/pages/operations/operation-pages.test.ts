import type { Operation } from '@guichet/contract/accounts';
import test from 'ava';
import { household } from '../../testing/answers/accounts.ts';
import { pendingTransfer, postedTransfer, refusedTransfer } from '../../testing/answers/operations.ts';
import { Browser } from '../../testing/browser.ts';
import { buildEntries, buildOperation, buildUser, fakeId } from '../../testing/fixtures.ts';
import { startFrontend } from '../../testing/start-frontend.ts';

const alice = buildUser('alice', 'member');
const frontend = await startFrontend();
test.after.always(() => frontend.close());

async function signedIn(username = 'alice'): Promise<Browser> {
  const browser = new Browser(frontend.url);
  await browser.signIn(username);
  return browser;
}

const list = (items: object[], next: string | null = null) => ({ status: 200, body: { items, next } });

async function storyOf(browser: Browser, changes: Partial<Operation>): Promise<string> {
  const operation = buildOperation(1, alice, changes);
  frontend.bank.answerNext('GET', `/api/operations/${operation.id}`, { status: 200, body: operation });
  const { html } = await browser.get(`/operations/${operation.id}`);
  const timeline = html.split('<ol class="timeline">')[1]?.split('</ol>')[0] ?? '';
  return timeline.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
}

test.serial('a waiting request shows its customer what happened and what happens next', async (t) => {
  const story = await storyOf(await signedIn(), { payee_check: 'match' });
  t.regex(
    story,
    /You requested this.*The payee’s name matches.*€840\.00 reserved.*An agent reviews this.*Expires 20 Dec 2026.*Once approved/,
  );
  t.false(story.includes('usually'), 'too few decisions are known');
});

test.serial('the page says how long it usually takes if earlier requests show it', async (t) => {
  const earlier = [1, 2, 3, 4].map((number) =>
    buildOperation(number, alice, { status: 'posted', decided_at: '2026-11-20T10:30:00.000Z' }),
  );
  const browser = await signedIn();
  frontend.bank.answerNext('GET', '/api/operations', list(earlier));
  t.regex(await storyOf(browser, {}), /usually decided within 2 hours\./);
});

test.serial('a refusal has the agent, the reason, and the money that is available again', async (t) => {
  const browser = await signedIn();
  const { html } = await browser.get(`/operations/${refusedTransfer.id}`);
  t.regex(
    html,
    /bruno rejected this[\s\S]*The invoice is for someone else[\s\S]*€125\.00 is available again/,
  );
  t.regex(html, new RegExp(`href="/transfers/new\\?repeat=${refusedTransfer.id}">Try again`));
});

test.serial('a reversal is shown with its time, and leads where the user can see it', async (t) => {
  const [entry] = buildEntries(1, household);
  const transferId = fakeId(5, 77);
  const reversal = { ...entry, transfer_id: transferId, type: 'reversal', operation_id: fakeId(3, 77) };
  const entries = `/api/accounts/${household.id}/transactions`;
  const reversed = { ...postedTransfer, reversed_by_transfer_id: transferId };
  for (const [username, href] of [
    ['alice', `/accounts/${household.id}?type=reversal`],
    ['bruno', `/operations/${reversal.operation_id}`],
  ] as const) {
    const browser = await signedIn(username);
    frontend.bank.answerNext('GET', `/api/operations/${reversed.id}`, { status: 200, body: reversed });
    frontend.bank.answerNext('GET', entries, list([reversal]));
    const { html } = await browser.get(`/operations/${reversed.id}`);
    t.regex(html, /The money was sent[\s\S]*This was reversed[\s\S]*20 Nov 2026/);
    t.true(html.includes(`href="${href}">See the reversal`), username);
  }
});

test.serial('an agent sees who requested it, with the facts', async (t) => {
  const browser = await signedIn('bruno');
  const { html } = await browser.get(`/operations/${pendingTransfer.id}`);
  t.regex(html, /alice requested this/);
  t.regex(html, /What to decide by/);
  t.false(html.includes('usually decided'));
});

test.serial(
  'a member’s list begins with the waiting requests, each once, and continues by day',
  async (t) => {
    const { html } = await (await signedIn()).get('/operations');
    const [waiting = '', ...days] = html.split(/<tbody data-day=/);
    t.regex(waiting, /data-waiting[\s\S]*Waiting for an agent/);
    t.true(waiting.includes(`/operations/${pendingTransfer.id}"`));
    t.is(html.split(`/operations/${pendingTransfer.id}"`).length, 2, 'it is listed once');
    t.true(days.some((day) => day.includes(`/operations/${postedTransfer.id}"`)));
    t.regex(days.join(''), /Friday, 20 November 2026/);
  },
);

test.serial(
  'older operations are a link that keeps the filters, and a later page has no list of its own',
  async (t) => {
    const browser = await signedIn();
    frontend.bank.answerNext('GET', '/api/operations', list([postedTransfer], 'further'));
    const first = await browser.get('/operations?status=posted');
    t.true(first.html.includes('rel="next" href="/operations?status=posted&amp;cursor=further"'));
    t.false(first.html.includes('data-waiting'));
    const later = await browser.get('/operations?cursor=further');
    t.false(later.html.includes('data-waiting'));
    t.true(
      later.html.includes(`/operations/${pendingTransfer.id}"`),
      'what waits is not lost on later pages',
    );
  },
);

test.serial('without the waiting requests, the list is still shown', async (t) => {
  const browser = await signedIn();
  const answer = list([postedTransfer]);
  frontend.bank.answerNext('GET', '/api/operations', answer);
  frontend.bank.answerNext('GET', '/api/operations', answer);
  frontend.bank.answerNext('GET', '/api/operations', { status: 503 });
  const { status, html } = await browser.get('/operations');
  t.is(status, 200);
  t.regex(html, /Missing: requests\./);
});

test.serial(
  'only a user who opens the page reads the operation: no browser that loads ahead, and no HEAD',
  async (t) => {
    const browser = await signedIn('bruno');
    const path = `/operations/${pendingTransfer.id}`;
    const before = frontend.bank.requests.length;
    const read = () => frontend.bank.requests.slice(before).filter((one) => one.path === `/api${path}`);
    for (const headers of [
      { 'sec-purpose': 'prefetch' },
      { 'sec-purpose': 'prefetch;prerender' },
      { purpose: 'prefetch' },
    ] as Record<string, string>[])
      t.is((await browser.get(path, headers)).status, 503);
    t.is((await browser.head(path)).status, 200);
    t.is((await browser.head(`/operations/${fakeId(9, 9)}`)).status, 404);
    t.deepEqual(read(), []);
    await browser.get(path, { 'x-guichet-passive': 'yes' });
    await browser.get(path);
    t.deepEqual(
      read().map(({ headers }) => headers['x-guichet-passive'] ?? null),
      ['yes', null],
    );
  },
);
