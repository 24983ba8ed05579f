import test from 'ava';
import { household } from '../testing/answers/accounts.ts';
import { factorsAnswer } from '../testing/answers/auth.ts';
import { pendingTransfer, postedTransfer } from '../testing/answers/operations.ts';
import { hiddenFields, type PageResponse } from '../testing/browser.ts';
import { type FakeBank, serviceOf } from '../testing/fake-bank.ts';
import { buildUser, fakeId } from '../testing/fixtures.ts';
import { problem } from '../testing/messages.ts';
import { signedIn } from '../testing/signed-in.ts';
import { packIds } from './inbox/packed-ids.ts';

const keyIn = ({ html }: PageResponse) => /name="idempotency_key" value="([^"]+)"/.exec(html)?.[1];
const keysSent = ({ requests }: FakeBank, path: string) =>
  requests
    .filter((one) => one.method === 'POST' && one.path === path)
    .map(({ headers }) => headers['idempotency-key']);
const withApp = factorsAnswer({ totp_enabled: true, passkeys: 0 });
const selection = `decision=approve&ids=${packIds([pendingTransfer.id])}`;
const account = `/accounts/${household.id}`;
const customer = `/customers/${buildUser('alice', 'member').id}`;
const operation = `/operations/${pendingTransfer.id}`;

const FORMS: {
  what: string;
  who: string;
  page: string;
  form?: string;
  fields?: Record<string, string>;
  api: string;
  sequel?: string;
}[] = [
  {
    what: 'a deposit',
    who: 'alice',
    page: '/deposits/new',
    fields: { account_id: household.id, amount: '5' },
    api: '/api/operations',
  },
  {
    what: 'a withdrawal',
    who: 'alice',
    page: '/withdrawals/new',
    fields: { account_id: household.id, amount: '5' },
    api: '/api/operations',
  },
  {
    what: 'an internal transfer',
    who: 'alice',
    page: '/transfers/new',
    fields: {
      kind: 'internal',
      from_account_id: household.id,
      to_account_id: fakeId(2, 2),
      amount: '5',
    },
    api: '/api/operations',
  },
  {
    what: 'an opening',
    who: 'alice',
    page: '/accounts/new',
    fields: { name: 'Rent & more', type: 'current', currency: 'EUR' },
    api: '/api/accounts',
  },
  { what: 'a closure', who: 'alice', page: `${account}/close`, api: `/api${account}/close` },
  { what: 'a renewal', who: 'alice', page: `${account}/renew-rib`, api: `/api${account}/rib` },
  {
    what: 'a payee',
    who: 'alice',
    page: '/beneficiaries',
    fields: { name: 'Regie', number: 'FR7630006000011234567890189', anyway: 'yes' },
    api: '/api/beneficiaries',
  },
  {
    what: 'a cancellation',
    who: 'alice',
    page: operation,
    form: `${operation}/cancel`,
    api: `/api${operation}/cancel`,
  },
  {
    what: 'an approval',
    who: 'bruno',
    page: operation,
    form: `${operation}/approve`,
    api: `/api${operation}/approve`,
  },
  {
    what: 'a rejection',
    who: 'bruno',
    page: operation,
    form: `${operation}/reject`,
    fields: { reason: 'No' },
    api: `/api${operation}/reject`,
  },
  {
    what: 'a bulk decision',
    who: 'bruno',
    page: `/inbox/confirm?${selection}`,
    form: `/inbox/decisions?${selection}`,
    api: '/api/operations/decisions',
  },
  {
    what: 'a reversal',
    who: 'bruno',
    page: `/operations/${postedTransfer.id}/reverse`,
    fields: { reason: 'Twice' },
    api: '/api/operations',
  },
  {
    what: 'a note',
    who: 'bruno',
    page: customer,
    form: `${customer}/notes`,
    fields: { text: 'Called back' },
    api: `/api/auth/users/${buildUser('alice', 'member').id}/notes`,
  },
];

for (const { what, who, page, form = page, fields = {}, api } of FORMS) {
  test(`${what} whose responses were all lost is carried out once, and "Try again" shows its outcome`, async (t) => {
    const { bank, browser } = await signedIn(t, who);
    const restore = bank.cutEvery('POST', api);
    const lost = await browser.submit(form, fields, page);
    restore();
    t.is(lost.status, 503);
    t.regex(lost.html, /carried out only once/);
    const again = await browser.post(form, hiddenFields(lost.html, form));
    t.true([200, 303].includes(again.status), `${again.status}`);
    t.is(bank.carriedOut.length, 1);
    t.is(new Set(keysSent(bank, api)).size, 1);
  });

  if (serviceOf(api) !== 'accounts') continue;

  test(`${what} whose response was lost once is carried out once, and its outcome is shown at once`, async (t) => {
    const { bank, browser } = await signedIn(t, who);
    bank.cutNext('POST', api);
    const outcome = await browser.submit(form, fields, page);
    t.true([200, 303].includes(outcome.status), `${outcome.status}`);
    t.is(bank.carriedOut.length, 1);
    const [key = '', ...repeated] = keysSent(bank, api);
    t.not(key, '');
    t.deepEqual(repeated, [key]);
  });
}

test('a transfer keeps one key through a correction, the review, the code and a lost response', async (t) => {
  const { bank, browser } = await signedIn(t, 'alice');
  const typed = { kind: 'external', from_account_id: household.id, beneficiary: fakeId(7, 1), amount: 'x' };
  const empty = await browser.get('/transfers/new');
  const key = keyIn(empty);
  const post = async (form: string, page: PageResponse, fields = {}) =>
    browser.follow(await browser.post(form, { ...hiddenFields(page.html, form), ...fields }));
  const corrected = await post('/transfers/new', empty, typed);
  t.regex(corrected.html, /Enter an amount/);
  const review = await post('/transfers/new', corrected, { ...typed, amount: '50' });
  const send = (page: PageResponse, more = {}) =>
    browser.post('/transfers/review', { ...hiddenFields(page.html, '/transfers/review'), ...more });
  bank.answerNext('POST', '/api/operations', { status: 403, body: problem(403, 'totp_required') });
  const requested = await browser.follow(await send(review));
  bank.answerNext('POST', '/api/operations', { status: 403, body: problem(403, 'invalid_totp') });
  bank.answerNext('GET', '/api/auth/profile', withApp);
  const wrong = await browser.follow(await send(requested, { totp: '000000' }));
  t.regex(wrong.html, /id="f-totp-error"[\s\S]*code is incorrect/);
  const restore = bank.cutEvery('POST', '/api/operations');
  const lost = await send(wrong, { totp: '123456' });
  restore();
  for (const page of [empty, corrected, review, requested, wrong, lost]) t.is(keyIn(page), key);
  t.notRegex(lost.html, /123456/);
  t.is((await send(lost)).status, 303);
  t.is(bank.carriedOut.length, 1);
  t.like(bank.carriedOut[0]?.body, { amount: 5_000, totp: '123456' });
  t.deepEqual([...new Set(keysSent(bank, '/api/operations'))], [key]);
});

test('a withdrawal asks for a code when the bank does, and keeps the other fields', async (t) => {
  const { bank, browser } = await signedIn(t, 'alice');
  const form = '/withdrawals/new';
  bank.answerNext('POST', '/api/operations', { status: 403, body: problem(403, 'totp_required') });
  bank.answerNext('GET', '/api/auth/profile', withApp);
  const requested = await browser.submitRefused(form, {
    account_id: household.id,
    amount: '12,50',
    reference: 'Cash',
  });
  t.notRegex(requested.html, /id="f-totp-error"/);
  t.regex(requested.html, /value="12,50"/);
  t.regex(requested.html, /name="totp"/);
  const fields = { account_id: household.id, amount: '12,50', reference: 'Cash' };
  bank.answerNext('POST', '/api/operations', { status: 403, body: problem(403, 'totp_required') });
  bank.answerNext('GET', '/api/auth/profile', withApp);
  const blank = await browser.follow(
    await browser.post(form, { ...hiddenFields(requested.html, form), ...fields, totp: '' }),
  );
  t.regex(blank.html, /id="f-totp-error"/);
  const sent = await browser.post(form, { ...hiddenFields(blank.html, form), ...fields, totp: '123 456' });
  t.is(sent.status, 303);
  t.is(keyIn(blank), keyIn(requested));
  t.like(bank.carriedOut[0]?.body, { type: 'withdrawal', amount: 1_250, totp: '123456' });
});

test('a double click is one request, and both see its outcome', async (t) => {
  const { bank, browser } = await signedIn(t, 'alice');
  const form = '/deposits/new';
  const page = await browser.get(form);
  const fields = { ...hiddenFields(page.html, form), account_id: household.id, amount: '5' };
  bank.delayNext('POST', '/api/operations', 500);
  const answers = await Promise.all([browser.post(form, fields), browser.post(form, fields)]);
  t.deepEqual(
    answers.map(({ status, headers }) => [status, headers.location]),
    [
      [303, `/operations/${pendingTransfer.id}`],
      [303, `/operations/${pendingTransfer.id}`],
    ],
  );
  t.is(bank.carriedOut.length, 1);
});

test('a form that was refused and then corrected is a new request', async (t) => {
  const { bank, browser } = await signedIn(t, 'alice');
  const form = '/withdrawals/new';
  const before = await browser.get(form);
  bank.answerNext('POST', '/api/operations', { status: 409, body: problem(409, 'insufficient_funds') });
  const fields = { account_id: household.id, amount: '5' };
  const refused = await browser.follow(
    await browser.post(form, { ...hiddenFields(before.html, form), ...fields }),
  );
  t.not(keyIn(refused), keyIn(before));
});

test('a form without its key is refused', async (t) => {
  const { bank, browser } = await signedIn(t, 'alice');
  const fields = { account_id: household.id, amount: '5', idempotency_key: '' };
  t.is((await browser.submit('/deposits/new', fields)).status, 403);
  t.is(bank.carriedOut.length, 0);
});
