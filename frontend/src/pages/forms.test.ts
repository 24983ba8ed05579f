import test from 'ava';
import { household } from '../testing/answers/accounts.ts';
import { factorsAnswer } from '../testing/answers/auth.ts';
import { pendingTransfer, postedTransfer } from '../testing/answers/operations.ts';
import { Browser, hiddenFields } from '../testing/browser.ts';
import { buildUser, fakeId } from '../testing/fixtures.ts';
import { problem } from '../testing/messages.ts';
import { signedIn } from '../testing/signed-in.ts';
import type { RunningFrontend } from '../testing/start-frontend.ts';

const lastTo = ({ bank }: RunningFrontend, path: string) =>
  bank.requests.findLast((request) => request.path === path);

test('a deposit is sent in minor units with the form’s own idempotency key', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  const key = fakeId(11, 1);
  const fields = {
    account_id: household.id,
    amount: '1 234,56',
    reference: ' Salary ',
    idempotency_key: key,
  };
  const answer = await browser.submit('/deposits/new', fields);
  t.is(answer.headers.location, `/operations/${pendingTransfer.id}`);
  const sent = lastTo(frontend, '/api/operations');
  t.deepEqual(sent?.body, {
    type: 'deposit',
    account_id: household.id,
    amount: 123_456,
    reference: 'Salary',
  });
  t.is(sent?.headers['idempotency-key'], key);
});

test('an ambiguous amount is reported at its field, and nothing is sent', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  const page = await browser.submitRefused('/withdrawals/new', {
    account_id: household.id,
    amount: '12.345',
  });
  t.is(page.status, 200);
  t.regex(page.html, /at most 2 decimals, such as 1234\.56/);
  t.regex(page.html, /value="12\.345"/);
  t.is(lastTo(frontend, '/api/operations')?.method, undefined);
});

test('a refusal is shown at its field, in the user’s language', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  frontend.bank.answerNext('POST', '/api/operations', {
    status: 409,
    body: problem(409, 'insufficient_funds'),
  });
  const page = await browser.submitRefused('/withdrawals/new', { account_id: household.id, amount: '50' });
  t.regex(page.html, /id="f-amount-error"[\s\S]*Insufficient funds/);
});

test('a transfer to someone else is reviewed with the payee check before it is sent', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  const typed = {
    kind: 'external',
    from_account_id: household.id,
    payee_name: 'Regie du Parc',
    payee_number: 'FR76 3000 6000 0112 3456 7890 189',
    amount: '840',
    reference: '',
  };
  const review = await browser.submitRefused('/transfers/new', typed);
  t.is(review.status, 200);
  t.regex(review.html, /The name is a close match[\s\S]*Régie Immobilière du Parc/);
  t.is(frontend.bank.carriedOut.length, 0, 'nothing is sent yet');
  const sent = await browser.post('/transfers/review', hiddenFields(review.html, '/transfers/review'));
  t.is(sent.status, 303);
  t.deepEqual(lastTo(frontend, '/api/operations')?.body, {
    type: 'external_transfer',
    from_account_id: household.id,
    amount: 84_000,
    to: { name: 'Regie du Parc', iban: 'FR7630006000011234567890189' },
  });
});

test('the first value of a repeated field counts, on the review and in the request', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  const [shown, other] = ['BE68539007547034', 'DE89370400440532013000'];
  const review = await browser.submitRefused('/transfers/new', {
    kind: 'external',
    from_account_id: household.id,
    payee_name: 'Jan Peeters',
    payee_number: [shown, other],
    amount: ['5', '500'],
  });
  t.is(review.status, 200);
  await browser.post('/transfers/review', hiddenFields(review.html, '/transfers/review'));
  t.like(lastTo(frontend, '/api/operations')?.body, { amount: 500, to: { iban: shown } });
});

test('above the step-up limit the review asks for a code', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  const typed = {
    kind: 'external',
    from_account_id: household.id,
    beneficiary: fakeId(7, 1),
    amount: '5000',
  };
  frontend.bank.answerNext('POST', '/api/operations', { status: 403, body: problem(403, 'totp_required') });
  frontend.bank.answerNext('GET', '/api/auth/profile', factorsAnswer({ totp_enabled: true, passkeys: 0 }));
  const page = await browser.submitRefused('/transfers/review', typed, '/transfers/new');
  t.regex(page.html, /name="totp"/);
  const sent = await browser.post('/transfers/review', {
    ...hiddenFields(page.html, '/transfers/review'),
    totp: '123 456',
  });
  t.is(sent.status, 303);
  t.like(lastTo(frontend, '/api/operations')?.body, { totp: '123456' });
});

test('an unavailable service gives an error page with 503', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  frontend.bank.answerNext('GET', '/api/beneficiaries', { status: 503, body: problem(503, 'unavailable') });
  const page = await browser.get('/beneficiaries');
  t.is(page.status, 503);
  t.truthy(page.headers['retry-after']);
  t.regex(page.html, /right back/);
});

test('the page of an operation shows its ledger entries', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  const { html } = await browser.get(`/operations/${postedTransfer.id}`);
  const posting = /id="posting"[\s\S]*?<\/section>/.exec(html)?.[0] ?? '';
  t.true(posting.includes(`href="/accounts/${household.id}"`), html);
  t.is(posting.split('<tr>').length - 1, 2, 'the head and one posting');
  t.is(
    html.split(`>${postedTransfer.id}<`).length - 1,
    1,
    'the transfer has the number of the operation, shown once',
  );
  t.truthy(lastTo(frontend, `/api/operations/${postedTransfer.id}/entries`));
  t.falsy(lastTo(frontend, `/api/accounts/${household.id}/transactions`));
});

test('the page of an operation works while the log is unavailable', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  frontend.bank.answerNext('GET', '/api/logs', { status: 503, body: problem(503, 'unavailable') });
  const page = await browser.get(`/operations/${pendingTransfer.id}`);
  t.is(page.status, 200);
  t.regex(page.html, /audit log is temporarily unavailable/);
});

test('the language is saved in the browser and in the profile', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  const sent = await browser.submit('/language', { language: 'fr', next: '/dashboard' }, '/dashboard');
  t.is(sent.headers.location, '/dashboard');
  t.regex((await browser.get('/dashboard')).html, /Bonjour/);
  t.deepEqual(lastTo(frontend, '/api/auth/profile')?.body, { language: 'fr' });
  t.regex((await new Browser(frontend.url, 'fr-FR').get('/login')).html, /Connexion/);
});

test('a malformed email address is reported at its field, and nothing is sent', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  const fields = { email: `${'l'.repeat(65)}@example.org`, current_password: 'x' };
  const page = await browser.submitRefused('/profile/email', fields, '/profile');
  t.regex(page.html, /Check this email address for typos/);
  t.is(
    frontend.bank.requests.findLast(({ method }) => method === 'PATCH'),
    undefined,
  );
});

for (const [what, fields] of [
  ['overdraft', { overdraft: '20000' }],
  ['limits', { operation: '20000', day: '' }],
] as const) {
  test(`${what} that need a second agent lead to the pending operation`, async (t) => {
    const { frontend, browser } = await signedIn(t, 'bruno');
    const body = { ...pendingTransfer, type: `set_${what}`, to: null };
    frontend.bank.answerNext('PUT', `/api/accounts/${household.id}/${what}`, { status: 202, body });
    const answer = await browser.submit(
      `/accounts/${household.id}/${what}`,
      fields,
      `/accounts/${household.id}`,
    );
    t.is(answer.headers.location, `/operations/${pendingTransfer.id}`);
  });
}

test('a reversal is not offered for an operation that has been reversed', async (t) => {
  const { frontend, browser } = await signedIn(t, 'bruno');
  const path = `/operations/${postedTransfer.id}`;
  t.true((await browser.get(path)).html.includes(`href="${path}/reverse"`));
  const reversed = { ...postedTransfer, reversed_by_transfer_id: fakeId(5, 9) };
  frontend.bank.answerNext('GET', `/api${path}`, { status: 200, body: reversed });
  const story = await browser.get(path);
  t.false(story.html.includes(`href="${path}/reverse"`));
  t.regex(story.html, /badge-warn[^>]*>\s*(?:<[^>]+>)*\s*Reversed/);
  frontend.bank.answerNext('GET', `/api${path}`, { status: 200, body: reversed });
  const refused = await browser.get(`${path}/reverse`);
  t.is(refused.headers.location, path);
  t.regex((await browser.get(path)).html, /already been reversed/);
});

test('an agent verifies exactly the name that the page showed', async (t) => {
  const { frontend, browser } = await signedIn(t, 'bruno');
  const { id } = buildUser('alice', 'member');
  const page = `/customers/${id}/verify-name`;
  frontend.bank.answerNext('POST', `/api/auth/users/${id}/verify-name`, {
    status: 409,
    body: problem(409, 'name_changed'),
  });
  const refused = await browser.submitRefused(page, {}, page);
  t.regex(refused.html, /The name has changed/);
  t.deepEqual(lastTo(frontend, `/api/auth/users/${id}/verify-name`)?.body, {
    name: { first_name: 'Alice', last_name: 'Martin' },
  });
});

test('setting up a second factor and creating an API token send the password', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  const password = 'correct horse battery';
  await browser.submit('/security/totp', { password }, '/security');
  t.deepEqual(lastTo(frontend, '/api/auth/totp')?.body, { password });
  const token = { name: 'ci', scope: 'profile', expires_in_days: '30', password };
  await browser.submit('/security/tokens', token);
  t.like(lastTo(frontend, '/api/auth/tokens')?.body, { name: 'ci', password });
});
