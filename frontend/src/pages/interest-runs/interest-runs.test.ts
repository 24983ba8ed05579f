import test from 'ava';
import { interestRuns } from '../../testing/answers/interest-runs.ts';
import { hiddenFields } from '../../testing/browser.ts';
import { problem } from '../../testing/messages.ts';
import { signedIn } from '../../testing/signed-in.ts';
import { pastMonths } from './rules.ts';

const [waiting, posting] = interestRuns;

test('the months that are over are offered, the latest first', (t) => {
  t.deepEqual(pastMonths('2027-02-28').slice(0, 3), ['2027-01', '2026-12', '2026-11']);
  t.is(pastMonths('2026-12-31').length, 12);
});

test('an agent requests a run for a month, once however often the form is sent', async (t) => {
  const { bank, browser } = await signedIn(t, 'bruno');
  const { html } = await browser.get('/interest-runs');
  t.regex(html, /October 2026/);
  const [month = ''] = pastMonths(new Date().toISOString());
  const fields = { ...hiddenFields(html, '/interest-runs'), month, currency: 'EUR' };
  const [first, second] = [
    await browser.post('/interest-runs', fields),
    await browser.post('/interest-runs', fields),
  ];
  t.is(first.headers.location, `/operations/${waiting?.id}`);
  t.is(second.headers.location, first.headers.location);
  const sent = bank.requests.filter(({ method, path }) => method === 'POST' && path === '/api/interest-runs');
  t.is(new Set(sent.map(({ headers }) => headers['idempotency-key'])).size, 1);
  t.deepEqual(sent[0]?.body, { month, currency: 'EUR' });
});

test('a refusal is said on the page', async (t) => {
  const { bank, browser } = await signedIn(t, 'bruno');
  const [month = ''] = pastMonths(new Date().toISOString());
  bank.answerNext('POST', '/api/interest-runs', { status: 409, body: problem(409, 'already_capitalized') });
  const { html } = await browser.follow(await browser.submit('/interest-runs', { month, currency: 'EUR' }));
  t.regex(html, /The interest of this month has already been posted\./);
  const { html: none } = await browser.follow(
    await browser.submit('/interest-runs', { month: '', currency: 'EUR' }),
  );
  t.regex(none, /id="f-month-error"/);
});

test('a run shows its totals, its lines and what was skipped, and links to the CSV', async (t) => {
  const { browser } = await signedIn(t, 'bruno');
  const { html } = await browser.get(`/interest-runs/${posting?.id}`);
  for (const text of [
    'Interest run of September 2026',
    '€284.37',
    'Being posted',
    'Skipped',
    'Insufficient funds',
  ])
    t.true(html.includes(text), text);
  t.true(html.includes(`/interest-runs/${posting?.id}/lines.csv`));
  t.regex((await browser.get(`/operations/${waiting?.id}`)).html, /October 2026/);
});

test('only agents open it', async (t) => {
  for (const name of ['alice', 'root']) {
    const { browser } = await signedIn(t, name);
    t.is((await browser.get('/interest-runs')).status, 403);
  }
});
