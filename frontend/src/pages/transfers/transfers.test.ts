import test from 'ava';
import { household, savings } from '../../testing/answers/accounts.ts';
import { pendingTransfer } from '../../testing/answers/operations.ts';
import { addressOf, type Browser, hiddenFields } from '../../testing/browser.ts';
import { beneficiaries, buildAccount, buildUser, fakeId } from '../../testing/fixtures.ts';
import { problem } from '../../testing/messages.ts';
import { signedIn } from '../../testing/signed-in.ts';

const form = '/transfers/new';
const typed = {
  kind: 'external',
  from_account_id: household.id,
  beneficiary: '',
  payee_name: 'Regie du Parc',
  payee_number: 'FR76 3000 6000 0112 3456 7890 189',
  amount: '840',
  reference: 'Rent',
};

async function reviewOf(browser: Browser, fields: Record<string, string> = typed) {
  const sent = await browser.submit(form, fields);
  return { address: addressOf(sent), page: await browser.follow(sent) };
}

test('the form asks for the payee first, and offers recent payees before the other saved ones', async (t) => {
  const { browser } = await signedIn(t);
  const { html } = await browser.get(form);
  const places = [
    'name="kind"',
    `name="beneficiary" value="${beneficiaries[0]?.id}"`,
    `name="beneficiary" value="${beneficiaries[1]?.id}"`,
    'name="beneficiary" value=""',
    'name="payee_name"',
    'name="from_account_id"',
    'name="amount"',
  ].map((text) => html.indexOf(text));
  t.false(places.includes(-1), `${places}`);
  t.deepEqual(
    places,
    [...places].sort((a, b) => a - b),
  );
});

test('a payee of a recent transfer is paid by the id of that transfer', async (t) => {
  const { bank, browser } = await signedIn(t);
  const id = fakeId(3, 77);
  const transfer = { ...pendingTransfer, id, to: { name: 'Jan Peeters', iban: 'BE68539007547034' } };
  const recent = { status: 200, body: { items: [transfer], next: null } };
  for (let page = 0; page < 3; page += 1) bank.answerNext('GET', '/api/operations', recent);
  const { page } = await reviewOf(browser, { ...typed, beneficiary: id, payee_name: '', payee_number: '' });
  t.regex(page.html, /Jan Peeters/);
  bank.answerNext('GET', '/api/operations', recent);
  await browser.post('/transfers/review', hiddenFields(page.html, '/transfers/review'));
  t.like(bank.carriedOut[0]?.body, { to: { name: 'Jan Peeters', iban: 'BE68539007547034' } });
});

test('the form works without saved and recent payees', async (t) => {
  const { bank, browser } = await signedIn(t);
  for (const path of ['/api/operations', '/api/beneficiaries'])
    bank.answerNext('GET', path, { status: 503, body: problem(503, 'unavailable') });
  const page = await browser.get(form);
  t.is(page.status, 200);
  t.regex(page.html, /name="payee_name"/);
});

test('all errors are reported at once, before the review', async (t) => {
  const { bank, browser } = await signedIn(t);
  const fields = { ...typed, payee_name: '', payee_number: 'FR76 3000', amount: '999999', reference: '' };
  const { html } = await browser.submitRefused(form, fields);
  const [summary = ''] = /id="error-summary"[\s\S]*?<\/ul>/.exec(html) ?? [];
  t.regex(summary, /href="#f-payee_name"[\s\S]*href="#f-payee_number"[\s\S]*href="#f-amount"/);
  t.regex(summary, /Invalid IBAN[\s\S]*Insufficient funds/);
  t.is(bank.requests.filter(({ path }) => path === '/api/payees/verify').length, 0);
});

test('a refused form shows the payee check too, if the payee is complete', async (t) => {
  const { browser } = await signedIn(t);
  const { html } = await browser.submitRefused(form, { ...typed, amount: '' });
  t.regex(html, /data-payee-result[\s\S]*The name is a close match/);
});

test('a second click on an internal transfer is not refused for the funds that the first one took', async (t) => {
  const { bank, browser } = await signedIn(t);
  const page = await browser.get(form);
  const savings = fakeId(2, 2);
  const fields = {
    ...hiddenFields(page.html, form),
    ...{ kind: 'internal', from_account_id: savings, to_account_id: household.id, amount: '12000' },
  };
  const first = await browser.post(form, fields);
  const emptied = [household, { ...household, id: savings, available: 0 }];
  bank.answerNext('GET', '/api/accounts', { status: 200, body: { items: emptied, next: null } });
  const second = await browser.post(form, fields);
  t.is(second.headers.location, first.headers.location);
  t.is(bank.carriedOut.length, 1);
});

test('the payee is checked while the form is being filled in, by POST and with its token', async (t) => {
  const { bank, browser } = await signedIn(t);
  const check = `${form}/payee-check`;
  const json = { accept: 'application/json' };
  const fields = { ...hiddenFields((await browser.get(form)).html, form), ...typed };
  const answer = await browser.post(check, fields, json);
  t.like(JSON.parse(answer.html), {
    result: 'close_match',
    title: 'The name is a close match',
    suggestion: 'Régie Immobilière du Parc',
  });
  for (const changes of [{ payee_name: '' }, { payee_number: 'FR76 3000' }, { payee_number: '' }]) {
    const none = await browser.post(check, { ...fields, ...changes }, json);
    t.deepEqual(JSON.parse(none.html), { result: null });
  }
  t.is(bank.requests.filter(({ path }) => path === '/api/payees/verify').length, 1);
  t.is((await browser.post(check, { ...fields, _csrf: 'guessed' }, json)).status, 403);
  bank.answerNext('POST', '/api/payees/verify', { status: 429, body: problem(429, 'too_many_requests') });
  const limited = await browser.post(check, fields, json);
  t.is(JSON.parse(limited.html).result, 'unavailable');
});

test('the review has a way to change each line, and its addresses say nothing', async (t) => {
  const { browser } = await signedIn(t);
  const { address, page } = await reviewOf(browser);
  const links = [...page.html.matchAll(/href="(\/transfers\/new\?draft=[^"#]+)#([^"]+)"/g)];
  t.deepEqual(
    links.map(([, , id]) => id),
    ['f-amount', 'payee', 'payee', 'f-from_account_id', 'f-reference', 'f-execute_on'],
  );
  const back = await browser.get(links[0]?.[1] ?? '');
  for (const [, , id] of links) t.true(back.html.includes(`id="${id}"`), id);
  t.regex(back.html, /value="Regie du Parc"/);
  t.regex(address, /^\/transfers\/review\?draft=[A-Za-z0-9_-]{12}$/);
});

test('the review offers the holder’s name, and the bank says again what it is', async (t) => {
  const { bank, browser } = await signedIn(t);
  const { page } = await reviewOf(browser);
  t.regex(page.html, /Use “Régie Immobilière du Parc”/);
  const fields = { ...hiddenFields(page.html, '/transfers/review'), use_suggestion: 'Mallory' };
  const used = await browser.follow(await browser.post('/transfers/review', fields));
  t.is(bank.carriedOut.length, 0, 'nothing is sent yet');
  bank.answerNext('POST', '/api/payees/verify', { status: 200, body: { result: 'match', suggestion: null } });
  await browser.post('/transfers/review', hiddenFields(used.html, '/transfers/review'));
  t.like(bank.carriedOut[0]?.body, {
    amount: 84_000,
    reference: 'Rent',
    to: { name: 'Régie Immobilière du Parc', iban: 'FR7630006000011234567890189' },
  });
});

test('a transfer can be repeated by its id', async (t) => {
  const { browser } = await signedIn(t);
  const story = await browser.get(`/operations/${pendingTransfer.id}`);
  t.true(story.html.includes(`href="${form}?repeat=${pendingTransfer.id}"`));
  const { html } = await browser.get(`${form}?repeat=${pendingTransfer.id}`);
  t.regex(html, /value="840\.00"/);
  t.regex(html, /value="Rent November"/);
  t.regex(html, new RegExp(`value="${beneficiaries[0]?.id}" checked`));
  t.regex(html, new RegExp(`value="${household.id}"[^>]* selected`));
  t.notRegex(html, /id="error-summary"/);
});

test('an operation of another user, or one that is not a transfer, fills in nothing', async (t) => {
  const { browser } = await signedIn(t);
  for (const id of [fakeId(3, 99), fakeId(3, 4), 'x', '../1']) {
    const page = await browser.get(`${form}?repeat=${encodeURIComponent(id)}`);
    t.is(page.status, 200, id);
    t.notRegex(page.html, /Rent November/, id);
  }
});

test('the review of a draft that is gone leads to the form', async (t) => {
  const { browser } = await signedIn(t);
  const page = await browser.get('/transfers/review?draft=AAAAAAAAAAAA');
  t.is(addressOf(page), '/transfers/new?draft=AAAAAAAAAAAA');
});

test('a transfer that empties an account is filled in: all its money, without overdraft and what is reserved', async (t) => {
  const { bank, browser } = await signedIn(t);
  const empty = `${form}?empty=${household.id}`;
  const { html } = await browser.get(empty);
  t.regex(html, /name="amount"[^>]*value="3983\.17"/);
  t.regex(html, /name="kind" value="internal" checked/);
  t.regex(html, new RegExp(`value="${savings.id}"[^>]* selected`));

  const alone = buildAccount(1, buildUser('alice', 'member'), { overdraft: 100_000, available: 498_317 });
  for (let call = 0; call < 2; call += 1)
    bank.answerNext('GET', '/api/accounts', { status: 200, body: { items: [alone], next: null } });
  const only = await browser.get(empty);
  t.regex(only.html, /name="amount"[^>]*value="3983\.17"/);
  t.regex(only.html, /name="kind" value="external" checked/);
  t.is((await browser.get(`${form}?empty=${fakeId(2, 99)}`)).status, 200, 'another’s is ignored');
});

test('a transfer with a date is reviewed with its day, and with the business day to which it moves', async (t) => {
  const { bank, browser } = await signedIn(t);
  // Christmas Day of a year that lies ahead.
  const now = new Date();
  const year = now.toISOString().slice(5, 10) < '12-25' ? now.getUTCFullYear() : now.getUTCFullYear() + 1;
  const date = `${year}-12-25`;
  const elsewhere = { status: 200, body: { result: 'not_possible', suggestion: null } };
  bank.answerNext('POST', '/api/payees/verify', elsewhere);
  const { page } = await reviewOf(browser, { ...typed, amount: '999999', execute_on: date });
  t.regex(page.html, new RegExp(`25 Dec ${year}`));
  t.regex(page.html, /Payments don’t reach other banks on that day/);
  await browser.post('/transfers/review', hiddenFields(page.html, '/transfers/review'));
  t.like(bank.carriedOut[0]?.body, { execute_on: date });
});

test('a day that is out of range is refused at its field', async (t) => {
  const { browser } = await signedIn(t);
  const { html } = await browser.submitRefused(form, { ...typed, execute_on: '2020-01-01' });
  t.regex(html, /href="#f-execute_on"[\s\S]*Choose a day from tomorrow/);
});
