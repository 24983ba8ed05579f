import test from 'ava';
import { household } from '../../testing/answers/accounts.ts';
import { standingOrders } from '../../testing/answers/standing-orders.ts';
import { hiddenFields } from '../../testing/browser.ts';
import { fakeId } from '../../testing/fixtures.ts';
import { problem } from '../../testing/messages.ts';
import { signedIn } from '../../testing/signed-in.ts';

const RENT = fakeId(15, 1);
const [waiting, paused, , , ended] = standingOrders;
const page = (id: string | undefined) => `/standing-orders/${id}`;
const nextYear = new Date().getUTCFullYear() + 1;

test('the list has what goes on first, with its next day, and below it what is over', async (t) => {
  const { browser } = await signedIn(t);
  const { html } = await browser.get('/standing-orders');
  const places = [RENT, 'Ended and rejected', ended?.id ?? ''].map((text) => html.indexOf(text));
  t.true(
    places.every((place, index) => place > (places[index - 1] ?? 0)),
    `${places}`,
  );
  t.regex(html, /Every month · next on 30 Nov 2026/);
});

test('the page shows the next five days, and says which are moved', async (t) => {
  const { browser } = await signedIn(t);
  const { html } = await browser.get(page(RENT));
  for (const date of ['30 Nov 2026', '31 Dec 2026', '31 Jan 2027', '28 Feb 2027', '31 Mar 2027'])
    t.true(html.includes(date), date);
  t.is([...html.matchAll(/because payments don’t reach other banks/g)].length, 2);
  t.regex(html, /Executed on 1 Feb 2027/);
});

test('each change is offered where it is possible, and sent once', async (t) => {
  const { bank, browser } = await signedIn(t);
  const offered = async (id: string | undefined) => {
    const { html } = await browser.get(page(id));
    return ['pause', 'resume', 'end'].filter((change) => html.includes(`${page(id)}/${change}"`));
  };
  t.deepEqual(await offered(RENT), ['pause', 'end']);
  t.deepEqual(await offered(paused?.id), ['resume', 'end']);
  t.deepEqual(await offered(waiting?.id), ['end']);
  t.deepEqual(await offered(ended?.id), []);
  const { html } = await browser.get(page(RENT));
  const fields = hiddenFields(html, `${page(RENT)}/pause`);
  const sent = await browser.post(`${page(RENT)}/pause`, fields);
  t.is(sent.headers.location, page(RENT));
  t.like(bank.carriedOut[0], { method: 'POST', path: `/api/standing-orders/${RENT}/pause` });
  const confirm = await browser.get(`${page(RENT)}/end`);
  await browser.post(`${page(RENT)}/end`, hiddenFields(confirm.html, `${page(RENT)}/end`));
  t.true(
    bank.requests.some(({ method, path }) => method === 'DELETE' && path === `/api/standing-orders/${RENT}`),
  );
  t.is((await browser.get(`${page(ended?.id)}/end`)).status, 303);
});

test('a refused change is said on the page', async (t) => {
  const { bank, browser } = await signedIn(t);
  const { html } = await browser.get(page(paused?.id));
  bank.answerNext('POST', `/api/standing-orders/${paused?.id}/resume`, {
    status: 409,
    body: problem(409, 'account_not_open'),
  });
  const fields = hiddenFields(html, `${page(paused?.id)}/resume`);
  const shown = await browser.follow(await browser.post(`${page(paused?.id)}/resume`, fields));
  t.regex(shown.html, /notice-refusal/);
});

test('a transfer that repeats is reviewed with its days, and sent as a standing order', async (t) => {
  const { bank, browser } = await signedIn(t);
  bank.answerNext('POST', '/api/payees/verify', {
    status: 200,
    body: { result: 'not_possible', suggestion: null },
  });
  const sent = await browser.submit('/transfers/new', {
    kind: 'external',
    from_account_id: household.id,
    payee_name: 'Landlord',
    payee_number: 'FR76 3000 6000 0112 3456 7890 189',
    amount: '840',
    reference: 'Rent',
    execute_on: `${nextYear}-01-01`,
    every: 'month',
    count: '3',
  });
  const review = await browser.follow(sent);
  t.regex(review.html, new RegExp(`until 1 Mar ${nextYear}`));
  t.regex(review.html, /Every month/);
  t.regex(review.html, /because payments don’t reach other banks/);
  const done = await browser.post('/transfers/review', hiddenFields(review.html, '/transfers/review'));
  t.regex(String(done.headers.location), /^\/standing-orders\//);
  t.like(bank.carriedOut[0], {
    path: '/api/standing-orders',
    body: {
      to: { name: 'Landlord' },
      amount: 84_000,
      every: 'month',
      first_on: `${nextYear}-01-01`,
      last_on: null,
      count: 3,
      replaces_id: null,
    },
  });
});

test('a change begins with what the order has, and names the order that it replaces', async (t) => {
  const { browser } = await signedIn(t);
  const { html } = await browser.get(`/transfers/new?replaces=${RENT}`);
  t.regex(html, new RegExp(`name="replaces" value="${RENT}"`));
  t.regex(html, /<option value="month" selected>/);
  t.regex(html, /value="Rent"/);
  for (const id of [ended?.id, fakeId(15, 99)])
    t.notRegex((await browser.get(`/transfers/new?replaces=${id}`)).html, /name="replaces"/);
});
