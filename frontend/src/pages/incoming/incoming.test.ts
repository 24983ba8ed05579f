import test from 'ava';
import { household } from '../../testing/answers/accounts.ts';
import { incomingItems, receivedFile } from '../../testing/answers/incoming.ts';
import { hiddenFields } from '../../testing/browser.ts';
import { fakeId } from '../../testing/fixtures.ts';
import { problem } from '../../testing/messages.ts';
import { signedIn } from '../../testing/signed-in.ts';

const FILES = '/payments/incoming';
const FILE = '<?xml version="1.0"?><Document>Hélène</Document>';
const [, suspended] = incomingItems;
const page = `/payments/suspense/${suspended?.id}`;

test('a file is sent to the bank byte for byte, once, as what it was said to be', async (t) => {
  const { bank, browser } = await signedIn(t, 'bruno');
  const sent = await browser.upload(FILES, { kind: 'returns' }, FILE);
  t.is(sent.status, 303);
  t.is(sent.headers.location, `/operations/${receivedFile.id}`);
  t.like(bank.carriedOut[0], { method: 'POST', path: '/api/payments/returns', body: { xml: FILE } });
  t.is(bank.carriedOut[0]?.headers['content-type'], 'application/xml');
  t.truthy(bank.carriedOut[0]?.headers['idempotency-key']);
  await browser.upload(FILES, {}, FILE);
  t.is(bank.carriedOut[1]?.path, '/api/payments/incoming');
});

test('what is wrong with a file is said with its line', async (t) => {
  const { bank, browser } = await signedIn(t, 'bruno');
  const detail = 'Line 12: the file must not have a DOCTYPE';
  bank.answerNext('POST', '/api/payments/incoming', {
    status: 422,
    body: { ...problem(422, 'invalid_file'), detail },
  });
  const { html } = await browser.follow(await browser.upload(FILES, { kind: 'incoming' }, FILE));
  t.regex(html, /This file isn’t valid/);
  t.true(html.includes(detail));
  bank.answerNext('POST', '/api/payments/incoming', {
    status: 409,
    body: problem(409, 'file_already_received'),
  });
  const again = await browser.follow(await browser.upload(FILES, { kind: 'incoming' }, FILE));
  t.regex(again.html, /already been received/);
  const none = await browser.follow(await browser.upload(FILES, { kind: 'incoming' }, ''));
  t.regex(none.html, /Required/);
});

test('only a form of this session uploads, and only an agent’s', async (t) => {
  const { bank, browser } = await signedIn(t, 'bruno');
  const { html } = await browser.get(FILES);
  const fields = hiddenFields(html, FILES);
  t.is((await browser.post(FILES, fields)).status, 415);
  browser.cookies.delete('session');
  const { bank: other, browser: member } = await signedIn(t, 'alice');
  t.is((await member.get(FILES)).status, 403);
  t.true((await member.upload(FILES, {}, FILE)).status >= 400);
  t.deepEqual([...bank.carriedOut, ...other.carriedOut], []);
});

test('a payment in suspense is assigned by the account’s number, or sent back with a reason', async (t) => {
  const { bank, browser } = await signedIn(t, 'bruno');
  const assign = `${page}/assign`;
  const wrong = await browser.submitRefused(assign, { iban: 'FR76' }, page);
  t.regex(wrong.html, /IBAN/);
  const iban = 'FR1420041010050500013M02606';
  bank.answerNext('GET', '/api/accounts', {
    status: 200,
    body: { items: [household, { ...household, id: fakeId(2, 77), iban }], next: null },
  });
  const sent = await browser.submit(assign, { iban: ' fr14 2004 1010 0505 0001 3m02 606 ' }, page);
  t.is(sent.status, 303);
  t.like(bank.carriedOut[0], {
    path: `/api/payments/suspense/${suspended?.id}/assign`,
    body: { account_id: fakeId(2, 77) },
  });
  const missing = await browser.submitRefused(`${page}/return`, { reason: ' ' }, page);
  t.regex(missing.html, /Required/);
  await browser.submit(`${page}/return`, { reason: 'Unknown' }, page);
  t.like(bank.carriedOut[1], {
    path: `/api/payments/suspense/${suspended?.id}/return`,
    body: { reason: 'Unknown' },
  });
});

test('the page of a file has its payments, and those of one status', async (t) => {
  const { bank, browser } = await signedIn(t, 'bruno');
  const { html } = await browser.get(`/operations/${receivedFile.id}?items=suspense`);
  t.true(html.includes('SALARY-2026-11-0001'));
  t.true(
    bank.requests.some(({ path, query }) => path.endsWith('/items') && query.get('status') === 'suspense'),
  );
});

test('a duplicate is accepted with a reason, from the page of its file', async (t) => {
  const { bank, browser } = await signedIn(t, 'bruno');
  const [duplicate, waiting] = incomingItems.filter(({ status }) => status === 'duplicate');
  const path = `/payments/duplicates/${duplicate?.id}`;
  const { html } = await browser.get(`/operations/${receivedFile.id}`);
  t.true(html.includes(`href="${path}"`));
  const missing = await browser.submitRefused(`${path}/accept`, { reason: ' ' }, path);
  t.regex(missing.html, /Required/);
  bank.answerNext('POST', `/api${path}/accept`, { status: 409, body: problem(409, 'already_requested') });
  const taken = await browser.submitRefused(`${path}/accept`, { reason: 'Rent of March' }, path);
  t.true(taken.html.includes('Rent of March'), 'what was typed is kept');
  const sent = await browser.submit(`${path}/accept`, { reason: 'Rent of March' }, path);
  t.is(sent.headers.location, `/operations/${receivedFile.id}`);
  t.like(bank.carriedOut.at(-1), { path: `/api${path}/accept`, body: { reason: 'Rent of March' } });
  t.truthy(bank.carriedOut.at(-1)?.headers['idempotency-key']);
  const requested = await browser.get(`/payments/duplicates/${waiting?.id}`);
  t.true(requested.html.includes(`/operations/${waiting?.acceptance_id}`));
  t.false(requested.html.includes(`/accept"`));
  const { browser: member } = await signedIn(t, 'alice');
  t.is((await member.get(path)).status, 403);
});
