import type { ExecutionContext } from 'ava';
import { pendingTransfer, postedTransfer } from '../../testing/answers/operations.ts';
import { Browser, hiddenFields, locationOf } from '../../testing/browser.ts';
import { buildOperation, buildUser, fakeId } from '../../testing/fixtures.ts';
import { problem } from '../../testing/messages.ts';
import { type SignedIn, testSignedInAs } from '../../testing/signed-in.ts';

const test = testSignedInAs('bruno');

type Context = ExecutionContext<SignedIn>;

const MANY = Array.from({ length: 60 }, (_, index) => fakeId(3, 200 + index));
const received = (t: Context, path: string, method = 'GET') =>
  t.context.frontend.bank.requests.filter((one) => one.path === path && one.method === method);

/** Chooses requests in the list and follows to the page that asks for confirmation. */
async function choose(
  { browser }: { browser: Browser },
  ids: string[],
  decision = 'approve',
  list = '/inbox',
) {
  const chosen = await browser.submit(list.replace('/inbox', '/inbox/choose'), { id: ids, decision }, list);
  const path = locationOf(chosen);
  return { status: chosen.status, path, page: await browser.get(path) };
}

const actionOf = (html: string) =>
  (/action="(\/inbox\/decisions[^"]*)"/.exec(html)?.[1] ?? '').replaceAll('&amp;', '&');

test('the tabs and the navigation have true totals, and registrations are one of them', async (t) => {
  const { browser } = t.context;
  const { html } = await browser.get('/inbox');
  t.regex(html, /Mine to decide <span class="count">63</);
  t.regex(html, /Registrations <span class="count count-quiet">1</);
  t.regex(html, /<span class="count">64<\/span><\/a>/, 'requests and registrations together');
  t.regex(html, /63 of 63/);
  const other = await browser.get('/customers');
  t.regex(other.html, /<span class="count">64</, 'on every page');
  const registrations = await browser.get('/inbox?tab=registrations');
  t.regex(registrations.html, /denis/);
  const search = { q: 'unknown' };
  const sent = await browser.submit('/inbox?tab=registrations', search);
  const found = await browser.get(locationOf(sent));
  t.notRegex(found.html, /denis/);
  t.regex(found.html, /Registrations <span class="count">1</, 'a search changes no total');
  t.regex(found.html, /<span class="count">64<\/span><\/a>/);
});

test('while registrations wait, an inbox without requests does not say that nothing waits', async (t) => {
  const { frontend, browser } = t.context;
  const none = { items: [], next: null, total: 0, sums: [] };
  frontend.bank.answerNext('GET', '/api/inbox', { status: 200, body: none });
  const { html } = await browser.get('/inbox');
  t.notRegex(html, /all caught up/);
  t.regex(html, /1 registration is waiting/);
});

test('a row shows the facts to decide by', async (t) => {
  const { html } = await t.context.browser.get('/inbox');
  for (const fact of [
    'Alice Martin',
    'Name not checked',
    'First payment',
    '2 more today',
    '€4,823.17',
    '€3,983.17',
  ])
    t.true(html.includes(fact), fact);
  t.regex(html, /Needs two agents/);
});

test('the page of a request shows the facts, and after a decision the next request of the list follows', async (t) => {
  const { browser } = t.context;
  const path = `/operations/${pendingTransfer.id}?type=external_transfer&order=newest`;
  const { html } = await browser.get(path);
  t.regex(html, /What to decide by/);
  t.regex(html, /Account at another bank/);
  const approve = `/operations/${pendingTransfer.id}/approve?type=external_transfer&order=newest`;
  t.true(html.includes(`action="${approve.replaceAll('&', '&amp;')}"`));
  const decided = await browser.submit(approve, {}, path);
  t.is(decided.status, 303);
  t.regex(locationOf(decided), /^\/operations\/[0-9a-f-]{36}\?type=external_transfer&order=newest$/);
  t.false(locationOf(decided).includes(pendingTransfer.id));
  const query = received(t, '/api/inbox').at(-1)?.query;
  t.deepEqual(
    ['type', 'order', 'after', 'tab'].map((name) => query?.get(name)),
    ['external_transfer', 'newest', pendingTransfer.id, 'mine'],
  );
  t.regex((await browser.get(locationOf(decided))).html, /Approved and posted: Transfer €840.00, alice/);
});

test('a refused decision returns to its request, and the last decision to the list', async (t) => {
  const { frontend, browser } = t.context;
  const path = `/operations/${pendingTransfer.id}`;
  frontend.bank.answerNext('POST', `/api${path}/approve`, { status: 409, body: problem(409, 'not_pending') });
  t.is(locationOf(await browser.submit(`${path}/approve`, {}, path)), path);
  const none = { items: [], next: null, total: 0, sums: [] };
  frontend.bank.answerNext('GET', '/api/inbox', { status: 200, body: none });
  t.is(locationOf(await browser.submit(`${path}/approve?age=3`, {}, `${path}?age=3`)), '/inbox?age=3');
});

test('a search leaves nothing in any address, nor in the links of the page', async (t) => {
  const { browser } = t.context;
  const found = await browser.submit('/inbox', { q: 'Zoé Lefèvre' });
  t.is(found.status, 303);
  t.regex(locationOf(found), /^\/inbox\?search=[\w-]+$/);
  const { html } = await browser.get(locationOf(found));
  t.is(received(t, '/api/inbox').at(-1)?.query.get('q'), 'Zoé Lefèvre');
  t.regex(html, /value="Zoé Lefèvre"/);
  t.notRegex(html, /href="[^"]*Zo(?:%C3|é)/);
  t.regex(html, /href="\/operations\/[^"]*search=/, 'the next request is of the same search');
  const other = await browser.submit(
    locationOf(found),
    { min: '840,00', type: 'deposit' },
    locationOf(found),
  );
  t.regex(locationOf(other), /^\/inbox\?type=deposit&search=[\w-]+$/);
  await browser.get(locationOf(other));
  const { query } = received(t, '/api/inbox').at(-1) ?? {};
  t.is(query?.get('q'), 'Zoé Lefèvre', 'a filter keeps the search');
  t.is(query?.get('min_amount'), '84000');
});

test('a search that can no longer be opened is reported, and no decision goes on without it', async (t) => {
  const { browser } = t.context;
  const sealed = 'A'.repeat(80);
  t.regex((await browser.get(`/inbox?search=${sealed}`)).html, /This search is no longer kept/);
  const path = `/operations/${pendingTransfer.id}?type=deposit&search=${sealed}`;
  const approve = `/operations/${pendingTransfer.id}/approve?type=deposit`;
  const page = await browser.get(path);
  t.regex(page.html, /This search is no longer kept/);
  t.notRegex(page.html, new RegExp(`(?:href|action)="[^"]*${sealed}`));
  const decided = await browser.post(`${approve}&search=${sealed}`, hiddenFields(page.html, approve));
  t.is(locationOf(decided), '/inbox?type=deposit');
  t.regex((await browser.get(locationOf(decided))).html, /This search is no longer kept/);
});

test('filters go to the service, and what it would refuse does not', async (t) => {
  const { browser } = t.context;
  const typed = { type: 'deposit', currency: 'JPY', min: '1000', max: '2000', age: '3', order: 'largest' };
  await browser.get(
    locationOf(await browser.submit('/inbox?tab=mine', { ...typed, foo: '1' }, '/inbox?tab=mine')),
  );
  const { query } = received(t, '/api/inbox').at(-1) ?? {};
  t.deepEqual(
    ['type', 'currency', 'min_amount', 'max_amount', 'order', 'foo'].map((name) => query?.get(name)),
    ['deposit', 'JPY', '1000', '2000', 'largest', null],
  );
  const days = (Date.now() - Date.parse(query?.get('to') ?? '')) / 86_400_000;
  t.true(Math.abs(days - 3) < 0.01);
  const odd = await browser.get(locationOf(await browser.submit('/inbox', { min: 'a lot' })));
  t.is(odd.status, 200);
  t.regex(odd.html, /filter-min-error/);
  await browser.get('/inbox?type=x&currency=XXX&min=12&age=9&order=up&tab=none&q=Zo%C3%A9');
  t.deepEqual([...(received(t, '/api/inbox').at(-1)?.query.keys() ?? [])].sort(), ['limit', 'order', 'tab']);
});

test('the confirmation names the number and the sum, and what is left out with the reason', async (t) => {
  const { frontend, browser } = t.context;
  const own = buildOperation(900, buildUser('bruno', 'agent'), { type: 'reversal', amount: 99, to: null });
  const decided = { ...postedTransfer };
  const body = { items: [pendingTransfer, own, decided], next: null };
  frontend.bank.answerNext('GET', '/api/operations', { status: 200, body });
  const hidden = fakeId(3, 999);
  const { status, page } = await choose(t.context, [pendingTransfer.id, own.id, decided.id, hidden]);
  t.is(status, 303);
  t.is(page.status, 200);
  t.regex(page.html, /Approve 1 request\?/);
  t.regex(page.html, /€840.00/);
  t.regex(page.html, /2 requests are left out/);
  t.regex(page.html, /Decided by bruno/);
  t.regex(page.html, /1 of the selected requests doesn’t exist/);
  await browser.submit(actionOf(page.html), {}, actionOf(page.html).replace('decisions', 'confirm'));
  const { body: sent } = received(t, '/api/operations/decisions', 'POST').at(-1) ?? {};
  t.deepEqual(sent, { items: [{ id: pendingTransfer.id, decision: 'approve' }] });
});

test('the outcome has its own address with honest counts, and loading it again repeats nothing', async (t) => {
  const { frontend, browser } = t.context;
  const ids = MANY.slice(0, 4);
  const [a = '', b = '', c = '', d = ''] = ids;
  const { page } = await choose(t.context, ids, 'approve', '/inbox?order=newest');
  const sent = await browser.submit(
    actionOf(page.html),
    {},
    actionOf(page.html).replace('decisions', 'confirm'),
  );
  t.is(sent.status, 303);
  t.regex(locationOf(sent), /^\/inbox\/outcomes\/[0-9a-f-]{36}\?order=newest/);
  const key = /outcomes\/([0-9a-f-]{36})/.exec(locationOf(sent))?.[1];
  t.is(received(t, '/api/operations/decisions', 'POST').at(-1)?.headers['idempotency-key'], key);
  const outcome = {
    items: [
      { id: a, status: 'posted', error: null },
      { id: b, status: 'approved', error: null },
      { id: c, status: 'posted', error: { code: 'not_pending', title: 'Not pending' } },
      { id: d, status: 'pending', error: { code: 'insufficient_funds', title: 'Insufficient funds' } },
    ],
  };
  const james = { id: fakeId(1, 77), username: 'james' };
  const decision = { by: james, decision: 'approve', reason: null, at: '2026-11-20T16:20:00.000Z' };
  const alice = buildUser('alice', 'member');
  const operations = [a, b, c, d].map((id, index) => ({
    ...buildOperation(200 + index, alice, { amount: 1_000 * (index + 1) }),
    id,
    ...(id === c ? { status: 'posted', decisions: [decision] } : {}),
  }));
  for (let load = 0; load < 2; load += 1) {
    frontend.bank.answerNext('GET', `/api/operations/decisions/${key}`, { status: 200, body: outcome });
    frontend.bank.answerNext('GET', '/api/operations', {
      status: 200,
      body: { items: operations, next: null },
    });
    const { html, status } = await browser.get(locationOf(sent));
    t.is(status, 200);
    for (const said of [
      '1 posted',
      '1 needs a second agent',
      '1 decided by james',
      'Insufficient funds',
      '€20.00',
      'alice',
    ])
      t.true(html.includes(said), said);
    t.true(html.includes('href="/inbox?order=newest"'));
  }
  t.is(received(t, '/api/operations/decisions', 'POST').length, 1);
});

test('a rejection needs a reason, and the selection is kept', async (t) => {
  const { browser } = t.context;
  const { page } = await choose(t.context, MANY.slice(0, 60), 'reject');
  const action = actionOf(page.html);
  const refused = await browser.submit(action, { reason: ' ' }, action.replace('decisions', 'confirm'));
  t.is(refused.status, 303);
  const again = await browser.get(locationOf(refused).replace(/#.*/, ''));
  t.regex(again.html, /Enter a reason to reject/);
  t.regex(again.html, /Reject 60 requests/);
  t.is(received(t, '/api/operations/decisions', 'POST').length, 0);
  const done = await browser.submit(
    action,
    { reason: 'Come in person' },
    locationOf(refused).replace(/#.*/, ''),
  );
  t.regex(locationOf(done), /^\/inbox\/outcomes\//);
  const { items } = (received(t, '/api/operations/decisions', 'POST').at(-1)?.body ?? {}) as {
    items: unknown[];
  };
  t.is(items.length, 60);
  t.deepEqual(items[0], { id: MANY[0], decision: 'reject', reason: 'Come in person' });
});

test('an empty or too large selection and an edited address lead back to the list', async (t) => {
  const { browser } = t.context;
  t.is((await choose(t.context, [])).path, '/inbox');
  const ids = Array.from({ length: 201 }, (_, index) => fakeId(3, 2_000 + index));
  const tooMany = await choose(t.context, ids);
  t.is(tooMany.path, '/inbox');
  t.regex(tooMany.page.html, /at most 200 requests/);
  for (const path of ['/inbox/confirm', '/inbox/confirm?ids=abc', `/inbox/confirm?ids=${'A'.repeat(5_000)}`])
    t.is(locationOf(await browser.get(path)), '/inbox', path);
  t.is((await browser.get('/inbox/outcomes/x')).status, 404);
  frontendHas(t, 0);
});

function frontendHas(t: Context, decisions: number): void {
  t.is(received(t, '/api/operations/decisions', 'POST').length, decisions);
}

test('a bulk decision that is sent twice is made once and leads to the same outcome', async (t) => {
  const { browser, frontend } = t.context;
  const { page, path } = await choose(t.context, MANY.slice(0, 2));
  const fields = Object.fromEntries(
    [...page.html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(
      ([, name = '', value = '']) => [name, value],
    ),
  );
  const [one, two] = await Promise.all([
    browser.post(actionOf(page.html), fields),
    browser.post(actionOf(page.html), fields),
  ]);
  t.is(locationOf(one ?? { headers: {} }), locationOf(two ?? { headers: {} }));
  t.is(frontend.bank.carriedOut.length, 1);
  t.truthy(path);
});

test('decisions that did not all end lead to the list and say so', async (t) => {
  const { browser, frontend } = t.context;
  const path = `/inbox/outcomes/${fakeId(9, 9).replace('7009', '4009')}`;
  frontend.bank.answerNext('GET', `/api/operations${path.replace('/inbox/outcomes', '/decisions')}`, {
    status: 409,
    body: problem(409, 'request_in_progress'),
  });
  const reply = await browser.get(path);
  t.is(locationOf(reply), '/inbox');
  t.regex((await browser.get('/inbox')).html, /Some of these decisions/);
});

test('a registration is activated by the name that was shown, or rejected with a reason, and the tab stays', async (t) => {
  const { browser, frontend } = t.context;
  const denis = buildUser('denis', 'member', { status: 'pending' });
  frontend.bank.answerNext('POST', `/api/auth/users/${denis.id}/activate`, {
    status: 200,
    body: { ...denis, status: 'active' },
  });
  frontend.bank.answerNext('POST', `/api/auth/users/${denis.id}/reject`, {
    status: 200,
    body: { ...denis, status: 'rejected' },
  });
  const list = '/inbox?tab=registrations';
  const activated = await browser.submit(
    `/inbox/registrations/${denis.id}/activate?tab=registrations`,
    {},
    list,
  );
  t.is(locationOf(activated), list);
  t.deepEqual(received(t, `/api/auth/users/${denis.id}/activate`, 'POST').at(-1)?.body, {
    name: { first_name: null, last_name: null },
  });
  const rejected = await browser.submit(
    `/inbox/registrations/${denis.id}/reject?tab=registrations`,
    { reason: 'Unknown' },
    list,
  );
  t.is(locationOf(rejected), list);
  t.deepEqual(received(t, `/api/auth/users/${denis.id}/reject`, 'POST').at(-1)?.body, { reason: 'Unknown' });
});

test('while auth is down the requests are shown, and while accounts is down the registrations', async (t) => {
  const { browser, frontend } = t.context;
  const down = { status: 503, body: problem(503, 'unavailable') };
  frontend.bank.answerNext('GET', '/api/auth/users', down);
  const requests = await browser.get('/inbox');
  t.is(requests.status, 200);
  t.regex(requests.html, /the registrations/);
  t.regex(requests.html, /63 of 63/);
  frontend.bank.answerNext('GET', '/api/inbox/counts', down);
  const registrations = await browser.get('/inbox?tab=registrations');
  t.is(registrations.status, 200);
  t.regex(registrations.html, /denis/);
});

test('members and the superuser have no inbox', async (t) => {
  const { frontend } = t.context;
  for (const name of ['alice', 'root']) {
    const browser = new Browser(frontend.url);
    await browser.signIn(name);
    for (const path of ['/inbox', '/inbox/confirm?ids=x', `/inbox/outcomes/${fakeId(1, 1)}`, '/inbox/next'])
      t.is((await browser.get(path)).status, 403, path);
  }
});
