import type { ExecutionContext } from 'ava';
import { locationOf } from '../../testing/browser.ts';
import { buildOperation, buildUser, fakeId } from '../../testing/fixtures.ts';
import { type SignedIn, testSignedInAs } from '../../testing/signed-in.ts';

// Deciding everything that the filters match, on however many pages of the list it is.
const test = testSignedInAs('bruno');
type Context = ExecutionContext<SignedIn>;

const alice = buildUser('alice', 'member');
const waiting = Array.from({ length: 1_200 }, (_, index) => ({
  operation: { ...buildOperation(index, alice, { amount: 100 }), id: fakeId(3, 2_000 + index) },
  facts: {
    operation_id: fakeId(3, 2_000 + index),
    can_decide: index !== 1,
    customer: { id: alice.id, username: 'alice', verified_name: null },
    account: null,
    receiving_account: null,
    payee: null,
    others_today: { count: 0, sums: [] },
    second_agent: null,
  },
}));

/** Answers the next requests for the inbox with pages of 200. */
function answerPages({ context: { frontend } }: Context, pages: number): void {
  for (let page = 0; page < pages; page += 1) {
    const items = waiting.slice(page * 200, page * 200 + 200);
    const next = page === 5 ? null : `page-${page + 1}`;
    frontend.bank.answerNext('GET', '/api/inbox', {
      status: 200,
      body: { items, next, total: 1_200, sums: [] },
    });
  }
}

const received = ({ context: { frontend } }: Context, path: string, method = 'GET') =>
  frontend.bank.requests.filter((one) => one.path === path && one.method === method);
const actionOf = (html: string) =>
  (/action="(\/inbox\/decisions[^"]*)"/.exec(html)?.[1] ?? '').replaceAll('&amp;', '&');

test('if more requests match than a page shows, two clicks decide a thousand, exactly those that were confirmed', async (t) => {
  const { browser } = t.context;
  answerPages(t, 1);
  const list = await browser.get('/inbox?type=deposit');
  t.regex(list.html, /Approve all 1,000 that match/);
  const [, link = ''] = /href="(\/inbox\/confirm[^"]*decision=approve[^"]*)"/.exec(list.html) ?? [];
  const address = link.replaceAll('&amp;', '&');
  t.regex(address, /type=deposit/);
  answerPages(t, 6);
  const confirmation = await browser.get(address);
  t.regex(confirmation.html, /Approve 1,000 requests\?/);
  t.regex(confirmation.html, /€1,000\.00/);
  t.deepEqual(
    received(t, '/api/inbox')
      .map(({ query }) => query.get('type'))
      .slice(-6),
    Array(6).fill('deposit'),
  );
  const action = actionOf(confirmation.html);
  t.true(action.length < 200, 'no ids in the address');
  answerPages(t, 6);
  const sent = await browser.submit(action, {}, address);
  t.is(sent.status, 303);
  t.regex(locationOf(sent), /^\/inbox\/outcomes\/[0-9a-f-]{36}\?type=deposit/);
  const [decided] = received(t, '/api/operations/decisions', 'POST');
  const { items } = (decided?.body ?? {}) as { items?: { id: string }[] };
  const decidable = waiting.filter(({ facts }) => facts.can_decide).map(({ operation }) => operation.id);
  t.deepEqual(
    items?.map(({ id }) => id),
    decidable.slice(0, 1_000),
  );
});

test('a page that shows all that match offers nothing besides the selection', async (t) => {
  t.notRegex((await t.context.browser.get('/inbox')).html, /that match/);
});

test('an address alone decides nothing, and without its search or with an unclear filter it does not ask', async (t) => {
  const { browser } = t.context;
  for (const query of ['all=yes&decision=approve', 'all=yes&ids=x', 'all=no&ids=']) {
    const { headers } = await browser.submit(`/inbox/decisions?${query}`, { ids: '' }, '/profile');
    t.regex(locationOf({ headers }), /^\/inbox(\?|$)/, query);
  }
  const unclear = locationOf(await browser.submit('/inbox', { min: 'a lot' }));
  for (const list of ['/inbox?search=expired', unclear]) {
    const address = `${list.replace('/inbox', '/inbox/confirm')}&decision=approve&all=yes`;
    const { status, headers } = await browser.get(address);
    t.is(status, 303, address);
    t.regex(locationOf({ headers }), /^\/inbox(\?|$)/, address);
  }
  t.is(received(t, '/api/operations/decisions', 'POST').length, 0);
});

test('a refusal shows the same requests again, with their number', async (t) => {
  const { frontend, browser } = t.context;
  const address = '/inbox/confirm?decision=reject&all=yes';
  answerPages(t, 6);
  const { html } = await browser.get(address);
  answerPages(t, 6);
  for (let from = 0; from < 1_200; from += 200) {
    const body = { items: waiting.slice(from, from + 200).map(({ operation }) => operation), next: null };
    frontend.bank.answerNext('GET', '/api/operations', { status: 200, body });
  }
  const refused = await browser.submit(actionOf(html), { reason: '' }, address);
  t.is(refused.status, 422);
  t.regex(refused.html, /Enter a reason to reject/);
  t.regex(refused.html, /Reject \d+ requests\?/);
  t.is(actionOf(refused.html), actionOf(html));
  t.is(received(t, '/api/operations/decisions', 'POST').length, 0);
});
