import { randomUUID } from 'node:crypto';
import test from 'ava';
import { household } from '../testing/answers/accounts.ts';
import { pendingTransfer } from '../testing/answers/operations.ts';
import { tokensFor } from '../testing/answers/signed-out.ts';
import { addressOf, Browser, hiddenFields, locationOf, type PageResponse } from '../testing/browser.ts';
import { buildUser } from '../testing/fixtures.ts';
import { problem } from '../testing/messages.ts';
import { signedIn } from '../testing/signed-in.ts';
import { type RunningFrontend, startFrontend } from '../testing/start-frontend.ts';

const withdrawal = (amount: string, reference = 'For the market') => ({
  account_id: household.id,
  amount,
  reference,
});
const transfer = {
  kind: 'external',
  from_account_id: household.id,
  payee_name: 'Jan Peeters',
  payee_number: 'BE68539007547034',
  amount: '12,50',
  reference: 'Lunch',
};
const form = '/withdrawals/new';
const draftCookies = ({ cookies }: Browser) =>
  [...cookies].filter(([name]) => name.startsWith('guichet-draft-'));
const keyIn = ({ html }: PageResponse) => /name="idempotency_key" value="([^"]+)"/.exec(html)?.[1];

/** Makes auth refuse the browser's session from now on. */
function revoke({ bank }: RunningFrontend, path: string, method = 'GET'): void {
  bank.answerNext(method, path, { status: 401, body: problem(401, 'unauthenticated') });
  bank.answerNext('POST', '/api/auth/refresh', { status: 401, body: problem(401, 'invalid_refresh_token') });
}

/** Signs in with a refresh token of its own, because renewals are shared by token and tests run concurrently. */
async function signInAlone({ bank }: RunningFrontend, browser: Browser, next = ''): Promise<PageResponse> {
  const pair = { ...tokensFor(buildUser('alice', 'member')), refresh_token: `refresh-${randomUUID()}-alice` };
  bank.answerNext('POST', '/api/auth/login', { status: 200, body: pair });
  const fields = { username: 'alice', password: 'correct horse battery', ...(next === '' ? {} : { next }) };
  return browser.submit('/login', fields);
}

test('a refused form has an address that shows it again, as often as it is loaded', async (t) => {
  const { browser } = await signedIn(t);
  const refused = await browser.submit(form, withdrawal('1,234,5'));
  t.is(refused.status, 303);
  t.regex(locationOf(refused), /^\/withdrawals\/new\?draft=[A-Za-z0-9_-]{12}#error-summary$/);
  const shown = await browser.get(addressOf(refused));
  const again = await browser.get(addressOf(refused));
  for (const page of [shown, again]) {
    t.is(page.status, 200);
    t.regex(page.html, /value="1,234,5"/);
    t.regex(page.html, /value="For the market"/);
    t.regex(page.html, /Enter an amount such as 1234\.56/);
  }
  t.is(keyIn(again), keyIn(shown), 'the key of the form survives a reload');
});

test('two tabs have a draft each', async (t) => {
  const { browser } = await signedIn(t);
  const [first, second] = await Promise.all([
    browser.submit(form, withdrawal('1.2.3', 'The first tab')),
    browser.submit(form, withdrawal('4.5.6', 'The second tab')),
  ]);
  t.not(addressOf(first), addressOf(second));
  t.regex((await browser.get(addressOf(first))).html, /value="The first tab"/);
  t.regex((await browser.get(addressOf(second))).html, /value="The second tab"/);
});

test('a corrected form that is refused again keeps its address', async (t) => {
  const { browser } = await signedIn(t);
  const first = await browser.submit(form, withdrawal('x'));
  const page = await browser.get(addressOf(first));
  const second = await browser.post(form, { ...hiddenFields(page.html, form), ...withdrawal('y') });
  t.is(addressOf(second), addressOf(first));
  t.regex((await browser.get(addressOf(second))).html, /value="y"/);
});

test('a change of language keeps the draft, and its errors change too', async (t) => {
  const { browser } = await signedIn(t);
  const refused = await browser.submit(form, withdrawal('1,2345'));
  const next = addressOf(refused);
  const back = await browser.submit('/language', { language: 'fr', next }, next);
  t.is(back.headers.location, next);
  const { html } = await browser.get(next);
  t.regex(html, /<title>Erreur\u00a0: /);
  t.regex(html, /Saisissez 2 décimales au plus, par exemple 1234,56/);
  t.regex(html, /value="1,2345"/);
});

for (const [what, choice, sign] of [
  ['language', 'fr', /lang="fr"/],
  ['theme', 'dark', /data-theme="dark"/],
] as const)
  test(`a change of ${what} keeps what was typed but never sent`, async (t) => {
    const { browser } = await signedIn(t);
    const page = await browser.get('/transfers/new');
    const button = new RegExp(`form="kept-form" formaction="([^"]*to=${choice}[^"]*)"`);
    const [, action = ''] = button.exec(page.html) ?? [];
    const sent = await browser.post(action.replaceAll('&amp;', '&'), {
      ...hiddenFields(page.html, '/transfers/new'),
      ...transfer,
    });
    t.is(sent.status, 303);
    const { html } = await browser.get(addressOf(sent));
    t.regex(html, sign);
    t.regex(html, /value="Jan Peeters"/);
    t.notRegex(html, /id="error-summary"/);
  });

test('a change of language leaves a visitor on the sign-in page', async (t) => {
  const frontend = await startFrontend();
  t.teardown(() => frontend.close());
  const browser = new Browser(frontend.url);
  const refused = await browser.submit('/login', { username: 'alice', password: 'x' });
  const next = addressOf(refused);
  t.is((await browser.submit('/language', { language: 'fr', next }, next)).headers.location, next);
});

test('the review of a transfer is a page with its own address, and so is the way back', async (t) => {
  const { browser } = await signedIn(t);
  const sent = await browser.submit('/transfers/new', transfer);
  t.regex(locationOf(sent), /^\/transfers\/review\?draft=[A-Za-z0-9_-]{12}/);
  for (let load = 0; load < 2; load += 1) {
    const review = await browser.get(addressOf(sent));
    t.is(review.status, 200);
    t.regex(review.html, /€12\.50/);
  }
  const back = await browser.get(addressOf(sent).replace('review', 'new'));
  t.regex(back.html, /value="12,50"/);
  t.regex(back.html, /value="Jan Peeters"/);
});

test('what is sent is what the review showed, whatever another tab does with the draft', async (t) => {
  const { bank, browser } = await signedIn(t);
  const sent = await browser.submit('/transfers/new', transfer);
  const review = await browser.get(addressOf(sent));
  const formPage = await browser.get(addressOf(sent).replace('review', 'new'));
  await browser.post('/transfers/new', {
    ...hiddenFields(formPage.html, '/transfers/new'),
    ...transfer,
    amount: '999',
  });
  await browser.post('/transfers/review', hiddenFields(review.html, '/transfers/review'));
  t.like(bank.carriedOut[0]?.body, { amount: 1_250 });
});

test('the addresses of a form that was carried out lead to its outcome, and nothing is paid twice', async (t) => {
  const { bank, browser } = await signedIn(t);
  const sent = await browser.submit('/transfers/new', transfer);
  const review = await browser.get(addressOf(sent));
  const fields = hiddenFields(review.html, '/transfers/review');
  const outcome = `/operations/${pendingTransfer.id}`;
  t.is((await browser.post('/transfers/review', fields)).headers.location, outcome);
  t.is((await browser.post('/transfers/review', fields)).headers.location, outcome, 'a second click');
  for (const address of [addressOf(sent), addressOf(sent).replace('review', 'new')])
    t.is((await browser.get(address)).headers.location, outcome);
  t.regex((await browser.get(outcome)).html, /already sent this form/);
  t.is(bank.carriedOut.length, 1);
});

test('a late answer and the answer of the second try lead to the same outcome', async (t) => {
  const { bank, browser } = await signedIn(t);
  const page = await browser.get(form);
  const fields = { ...hiddenFields(page.html, form), ...withdrawal('5') };
  bank.delayNext('POST', '/api/operations', 900);
  const late = browser.post(form, fields);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const second = await browser.post(form, fields);
  t.is(second.headers.location, (await late).headers.location);
  t.is(bank.carriedOut.length, 1);
});

test('a session that is revoked in mid-form: sign in again, and the form is as it was typed', async (t) => {
  const frontend = await startFrontend();
  t.teardown(() => frontend.close());
  const browser = new Browser(frontend.url);
  await signInAlone(frontend, browser);
  const page = await browser.get(form);
  revoke(frontend, '/api/accounts');
  const sent = await browser.post(form, { ...hiddenFields(page.html, form), ...withdrawal('12') });
  t.regex(locationOf(sent), /^\/login\?next=%2Fwithdrawals%2Fnew%3Fdraft%3D[A-Za-z0-9_-]{12}$/);
  t.regex((await browser.get('/login')).html, /session has ended/);
  const next = decodeURIComponent(locationOf(sent).split('next=')[1] ?? '');
  const back = await signInAlone(frontend, browser, next);
  t.is(back.headers.location, next);
  const restored = await browser.get(next);
  t.regex(restored.html, /value="12"/);
  t.regex(restored.html, /value="For the market"/);
  t.is(keyIn(restored), keyIn(page), 'the idempotency key survives too');
});

test('a form from before the session ended in another tab is kept through signing in', async (t) => {
  const frontend = await startFrontend();
  t.teardown(() => frontend.close());
  const browser = new Browser(frontend.url);
  await signInAlone(frontend, browser);
  const open = await browser.get(form);
  const fields = { ...hiddenFields(open.html, form), ...withdrawal('12') };
  revoke(frontend, '/api/beneficiaries');
  await browser.get('/beneficiaries');
  const signedOut = await browser.post(form, fields);
  t.regex(locationOf(signedOut), /^\/login\?next=%2Fwithdrawals%2Fnew%3Fdraft/);
  await signInAlone(frontend, browser);
  const signedIn = await browser.post(form, fields);
  t.regex(addressOf(signedIn), /^\/withdrawals\/new\?draft=/);
  const { html } = await browser.get(addressOf(signedIn));
  t.regex(html, /signed in again since you opened this form/);
  t.regex(html, /value="For the market"/);
  t.is(frontend.bank.carriedOut.length, 0, 'nothing is sent without a look at it');
});

test('the next user of the browser never sees a draft', async (t) => {
  const frontend = await startFrontend();
  t.teardown(() => frontend.close());
  const browser = new Browser(frontend.url);
  await signInAlone(frontend, browser);
  const open = await browser.get(form);
  const refused = await browser.submit(form, withdrawal('x'));
  const fields = { ...hiddenFields(open.html, form), ...withdrawal('12') };
  revoke(frontend, '/api/beneficiaries');
  await browser.get('/beneficiaries');
  const kept = [...draftCookies(browser)];
  t.is(kept.length, 1);
  await browser.signIn('bruno');
  t.is(draftCookies(browser).length, 0, 'signing in drops them');
  for (const [name, value] of kept) browser.cookies.set(name, value);
  const page = await browser.get(`/accounts/${household.id}?${addressOf(refused).split('?')[1]}`);
  t.false(page.html.includes('For the market'));
  const sent = await browser.post(form, fields);
  t.is(sent.status, 403);
  t.false(sent.html.includes('For the market'));
});

test('signing out drops every draft', async (t) => {
  const { browser } = await signedIn(t);
  const refused = await browser.submit(form, withdrawal('x'));
  t.is(draftCookies(browser).length, 1);
  await browser.submit('/logout', {}, '/dashboard');
  t.is(draftCookies(browser).length, 0);
  t.regex(locationOf(await browser.get(addressOf(refused))), /^\/login/);
});

test('a forged, foreign or renamed draft shows an empty form', async (t) => {
  const { frontend, browser } = await signedIn(t);
  const refused = await browser.submit(form, withdrawal('x'));
  const [name = '', value = ''] = draftCookies(browser)[0] ?? [];
  const other = new Browser(frontend.url);
  await other.signIn('bruno');
  other.cookies.set(name, value);
  browser.cookies.set('guichet-draft-AAAAAAAAAAAA', value);
  browser.cookies.set('guichet-draft-BBBBBBBBBBBB', `${value.slice(0, -9)}AAAAAAAAA`);
  browser.cookies.set('guichet-draft-CCCCCCCCCCCC', browser.cookies.get('guichet') ?? '');
  for (const id of ['AAAAAAAAAAAA', 'BBBBBBBBBBBB', 'CCCCCCCCCCCC', 'DDDDDDDDDDDD', '../../etc', '']) {
    const page = await browser.get(`${form}?draft=${encodeURIComponent(id)}`);
    t.is(page.status, 200, id);
    t.false(page.html.includes('For the market'), id);
  }
  t.is((await other.get(addressOf(refused))).status, 403);
  t.true(
    (await browser.get(addressOf(refused))).html.includes('For the market'),
    'the real one is still there',
  );
});

test('a form opened without scripts gets the address of its draft at once', async (t) => {
  const { browser } = await signedIn(t);
  const { html } = await browser.get(`${form}?account=${household.id}`);
  const [, address = ''] = /<noscript><meta http-equiv="refresh" content="0; url=([^"]+)">/.exec(html) ?? [];
  t.regex(address, new RegExp(`^/withdrawals/new\\?account=${household.id}&amp;draft=[A-Za-z0-9_-]{12}$`));
  const opened = await browser.get(address.replaceAll('&amp;', '&'));
  t.notRegex(opened.html, /http-equiv="refresh"/);
  const refused = await browser.post(form, { ...hiddenFields(opened.html, form), ...withdrawal('x') });
  t.is(addressOf(refused).split('draft=')[1], address.split('draft=')[1]);
  t.regex((await browser.get(address.replaceAll('&amp;', '&'))).html, /value="For the market"/);
});

test('a draft is no session', async (t) => {
  const { frontend, browser } = await signedIn(t);
  await browser.submit(form, withdrawal('x'));
  const thief = new Browser(frontend.url);
  thief.cookies.set('guichet', draftCookies(browser)[0]?.[1] ?? '');
  t.regex(locationOf(await thief.get('/dashboard')), /^\/login/);
});

test('a draft is only shown in its own form', async (t) => {
  const { browser } = await signedIn(t);
  const refused = await browser.submit(form, withdrawal('x'));
  const page = await browser.get(addressOf(refused).replace('withdrawals', 'deposits'));
  t.is(page.status, 200);
  t.false(page.html.includes('For the market'));
});

test('drafts are few and small, and the oldest goes first', async (t) => {
  const { browser } = await signedIn(t);
  const addresses: string[] = [];
  for (let tab = 0; tab < 9; tab += 1) {
    const refused = await browser.submit(form, withdrawal('x', `Tab ${tab} ${'.'.repeat(100)}`));
    addresses.push(addressOf(refused));
    const bytes = draftCookies(browser).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
    t.true(bytes <= 4_000, `${bytes}`);
    t.true(draftCookies(browser).length <= 5);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  t.regex((await browser.get(addresses[8] ?? '')).html, /Tab 8/);
  t.regex((await browser.get(addresses[7] ?? '')).html, /Tab 7/);
  t.notRegex((await browser.get(addresses[0] ?? '')).html, /Tab 0/);
});

test('a form that is too large to keep is shown at once, with its errors', async (t) => {
  const { browser } = await signedIn(t);
  const refused = await browser.submit(form, withdrawal('x', 'A'.repeat(4_000)));
  t.is(refused.status, 422);
  t.regex(refused.html, /id="error-summary"/);
  t.regex(refused.html, /At most 140 characters/);
  t.true(refused.html.includes('A'.repeat(4_000)));
  const long = { ...transfer, payee_name: 'B'.repeat(3_500) };
  const review = await browser.submit('/transfers/new', long);
  t.is(review.status, 200);
  t.regex(review.html, /name="change"/, 'the way back sends the whole transfer');
  const fields = { ...hiddenFields(review.html, '/transfers/review'), change: 'yes' };
  const back = await browser.post('/transfers/review', fields);
  t.true(back.html.includes('B'.repeat(3_500)));
});

test('a draft holds no password and no code', async (t) => {
  const frontend = await startFrontend();
  t.teardown(() => frontend.close());
  const browser = new Browser(frontend.url);
  const refused = await browser.submit('/login', { username: 'alice', password: 'not the right one' });
  const shown = await browser.get(addressOf(refused));
  t.regex(shown.html, /value="alice"/);
  t.false(shown.html.includes('not the right one'));
  t.regex(shown.html, /Incorrect username or password/);
  const path = addressOf(await browser.get('/recover?token=abc'));
  const link = await browser.submit(path, { new_password: 'one', password_again: 'two' });
  const { html } = await browser.get(addressOf(link));
  t.false(html.includes('"one"'));
  t.false(html.includes('abc"'));
});

test('on HTTPS a draft’s cookie is bound to the host, hidden from scripts and short-lived', async (t) => {
  const frontend = await startFrontend({ publicUrl: 'https://bank.example' });
  t.teardown(() => frontend.close());
  const browser = new Browser(frontend.url, 'en', 'https://bank.example');
  const refused = await browser.submit('/forgot', { email: 'nobody' });
  const cookie = [refused.headers['set-cookie'] ?? []].flat().find((line) => line.includes('-draft-')) ?? '';
  t.regex(cookie, /^__Host-guichet-draft-[A-Za-z0-9_-]{12}=Fe26\.2\*/);
  for (const attribute of [/; path=\/(;|$)/i, /; secure/i, /; httponly/i, /; samesite=lax/i, /; expires=/i])
    t.regex(cookie, attribute);
  t.false(cookie.includes('nobody'));
});

test('each outcome of a public form has its own address', async (t) => {
  const frontend = await startFrontend();
  t.teardown(() => frontend.close());
  const browser = new Browser(frontend.url);
  const password = 'Ten purple umbrellas';
  const registered = await browser.submit('/register', {
    username: 'zoe',
    email: 'zoe@example.org',
    password,
    password_again: password,
  });
  t.regex(addressOf(registered), /^\/registered\?draft=/);
  for (let load = 0; load < 2; load += 1)
    t.regex((await browser.get(addressOf(registered))).html, /Thanks, zoe/);
  t.regex((await browser.get('/registered')).html, /Thank you/);
  const sent = await browser.submit('/forgot', { email: 'zoe@example.org' });
  t.is(sent.headers.location, '/forgot/sent');
  t.regex((await browser.get('/forgot/sent')).html, /a link is on its way/);
  t.is(frontend.bank.requests.filter(({ path }) => path === '/api/auth/register').length, 1);
});

test('a payee with a different name is saved only after a review page with its own address', async (t) => {
  const { bank, browser } = await signedIn(t);
  const payee = { name: 'Regie', number: 'FR7630006000011234567890189' };
  const requested = await browser.submit('/beneficiaries', payee);
  t.is(requested.status, 303);
  const page = await browser.get(addressOf(requested));
  t.regex(page.html, /Régie Immobilière du Parc/);
  t.is(bank.carriedOut.length, 0);
  const fields = { ...hiddenFields(page.html, '/beneficiaries'), ...payee, anyway: 'yes' };
  t.is((await browser.post('/beneficiaries', fields)).headers.location, '/beneficiaries');
  t.is(bank.carriedOut.length, 1);
});
