import test from 'ava';
import { buildAccount, buildOperation, buildUser, fakeId } from '../../testing/fixtures.ts';
import { problem } from '../../testing/messages.ts';
import { signedIn } from '../../testing/signed-in.ts';

const alice = buildUser('alice', 'member');
const id = fakeId(2, 4);
const path = `/accounts/${id}/renew-rib`;
const account = { status: 200, body: buildAccount(4, alice) };
/** The request for a new RIB, which waits. */
const renewal = buildOperation(1, alice, {
  type: 'renew_rib',
  account_id: id,
  from_account_id: null,
  amount: null,
});
const waiting = { status: 200, body: { items: [renewal], next: null } };
const none = { status: 200, body: { items: [], next: null } };

test('a new RIB that was requested can’t be requested again; the page links to the request', async (t) => {
  const { bank, browser } = await signedIn(t, 'alice');
  bank.answerNext('GET', `/api/accounts/${id}`, account);
  bank.answerNext('GET', '/api/operations', waiting);
  bank.answerNext('GET', '/api/operations', none);
  const { html } = await browser.get(path);
  t.regex(html, /You asked for a new RIB on 20 Nov 2026/);
  t.true(html.includes(`href="/operations/${renewal.id}"`));
  t.false(html.includes('Request a new RIB</button>'));
});

test('a request that another tab has sent meanwhile is refused, and the page links to it', async (t) => {
  const { bank, browser } = await signedIn(t, 'alice');
  bank.answerNext('GET', `/api/accounts/${id}`, account);
  bank.answerNext('GET', '/api/operations', none);
  bank.answerNext('GET', '/api/operations', none);
  bank.answerNext('POST', `/api/accounts/${id}/rib`, {
    status: 409,
    body: problem(409, 'already_requested'),
  });
  const sent = await browser.submit(path, {});
  t.is(sent.headers.location, path);
  bank.answerNext('GET', `/api/accounts/${id}`, account);
  bank.answerNext('GET', '/api/operations', waiting);
  bank.answerNext('GET', '/api/operations', none);
  const { html } = await browser.follow(sent);
  t.regex(html, /You’ve already requested this/);
  t.true(html.includes(`href="/operations/${renewal.id}"`));
  t.false(html.includes('Request a new RIB</button>'));
});

test('any other refusal leads back to the account', async (t) => {
  const { bank, browser } = await signedIn(t, 'alice');
  bank.answerNext('POST', `/api/accounts/${id}/rib`, { status: 409, body: problem(409, 'account_not_open') });
  const sent = await browser.submit(path, {});
  t.is(sent.headers.location, `/accounts/${id}`);
});
