import type { Language } from '@guichet/contract';
import test, { type ExecutionContext } from 'ava';
import { household } from '../../testing/answers/accounts.ts';
import { pendingTransfer } from '../../testing/answers/operations.ts';
import { tokensFor } from '../../testing/answers/signed-out.ts';
import { Browser, locationOf } from '../../testing/browser.ts';
import { buildLogEntry, buildOperation, buildUser, fakeId } from '../../testing/fixtures.ts';
import { problem } from '../../testing/messages.ts';
import { startFrontend } from '../../testing/start-frontend.ts';

const alice = buildUser('alice', 'member');
const bruno = buildUser('bruno', 'agent');
const page = `/customers/${alice.id}`;

async function open(t: ExecutionContext, { as = 'bruno', language = 'en' as Language } = {}) {
  const frontend = await startFrontend();
  t.teardown(() => frontend.close());
  const browser = new Browser(frontend.url);
  const user = { ...buildUser(as, as === 'root' ? 'superuser' : 'agent'), language };
  frontend.bank.answerNext('POST', '/api/auth/login', { status: 200, body: tokensFor(user) });
  await browser.signIn(as);
  return { browser, bank: frontend.bank };
}

const section = (html: string, id: string): string =>
  new RegExp(`<section[^>]*aria-labelledby="${id}"[\\s\\S]*?</section>`).exec(html)?.[0] ?? '';

test('an agent sees the waiting requests, with a link to decide each, apart from the finished ones', async (t) => {
  const { browser, bank } = await open(t);
  const { html } = await browser.get(page);
  const [waiting, recent] = [section(html, 'waiting'), section(html, 'recent')];
  t.true(waiting.includes(`href="/operations/${pendingTransfer.id}"`));
  t.true(waiting.includes('Régie Immobilière du Parc'));
  t.false(recent.includes(`href="/operations/${pendingTransfer.id}"`));
  t.true(recent.includes('Rejected'));
  for (const { path, query } of bank.requests)
    if (path === '/api/operations') t.is(query.get('requester'), alice.id);
});

test('the page shows the oldest six of many waiting requests, and a link to all', async (t) => {
  const { browser, bank } = await open(t);
  const items = Array.from({ length: 50 }, (_, index) => buildOperation(400 + index, alice));
  bank.answerNext('GET', '/api/operations', { status: 200, body: { items: [], next: null } });
  bank.answerNext('GET', '/api/operations', { status: 200, body: { items, next: 'more' } });
  const waiting = section((await browser.get(page)).html, 'waiting');
  t.is(waiting.split('>Review<').length - 1, 6);
  t.true(waiting.includes(`/operations/${items[0]?.id}`) && waiting.includes('>50+<'));
  t.true(waiting.includes(`/operations?requester=${alice.id}&amp;status=pending`));
});

test('a request that this agent approved already waits for another one', async (t) => {
  const { browser, bank } = await open(t);
  const approved = buildOperation(9, alice, {
    status: 'approved',
    required_approvals: 2,
    decisions: [
      {
        by: { id: bruno.id, username: 'bruno' },
        decision: 'approve',
        reason: null,
        at: '2026-11-20T09:00:00.000Z',
      },
    ],
  });
  bank.answerNext('GET', '/api/operations', { status: 200, body: { items: [approved], next: null } });
  const waiting = section((await browser.get(page)).html, 'waiting');
  t.regex(waiting, /another agent decides/);
  const rows = waiting.split('<tr>').filter((row) => row.includes(`/operations/${approved.id}"`));
  t.is(rows.length, 1);
  t.notRegex(rows.join(), />Review</);
  t.regex(waiting, />Review</, 'the others can be reviewed');
});

test('the overdraft and the limits are changed from the customer, and lead back to the customer', async (t) => {
  const { browser, bank } = await open(t);
  const overdraft = `/accounts/${household.id}/overdraft`;
  bank.answerNext('PUT', `/api${overdraft}`, { status: 200, body: household });
  const done = await browser.submit(overdraft, { overdraft: '250.00' }, page);
  t.is(done.headers.location, page);
  t.like(bank.requests.findLast(({ method }) => method === 'PUT')?.body, { amount: 25_000 });

  const limits = `/accounts/${household.id}/limits`;
  const refused = await browser.submit(limits, { operation: '12.345', day: '' }, page);
  t.true(locationOf(refused).startsWith(`${page}?draft=`));
  const shown = await browser.follow(refused);
  t.regex(shown.html, /<details[^>]* open>/);
  t.regex(shown.html, /id="error-summary"[\s\S]*href="#account1-operation"/);
  t.regex(shown.html, /name="operation"[^>]*value="12\.345"/);
});

test('a refused overdraft is shown at its field, with what was typed', async (t) => {
  const { browser, bank } = await open(t);
  const overdraft = `/accounts/${household.id}/overdraft`;
  bank.answerNext('PUT', `/api${overdraft}`, { status: 409, body: problem(409, 'overdraft_in_use') });
  const shown = await browser.follow(await browser.submit(overdraft, { overdraft: '0' }, page));
  t.regex(shown.html, /id="account1-overdraft-error"/);
  t.is(shown.html.split('id="error-summary"').length, 2, 'only the form that was refused says so');
});

test('a change that needs a second agent leads to its operation, wherever the form was', async (t) => {
  const { browser, bank } = await open(t);
  const overdraft = `/accounts/${household.id}/overdraft`;
  bank.answerNext('PUT', `/api${overdraft}`, {
    status: 202,
    body: { ...pendingTransfer, type: 'set_overdraft' },
  });
  const done = await browser.submit(overdraft, { overdraft: '99000' }, page);
  t.is(done.headers.location, `/operations/${pendingTransfer.id}`);
});

test('the activity is shown as sentences in the reader’s language, and no name is taken for markup', async (t) => {
  const { browser, bank } = await open(t, { language: 'fr' });
  const items = [
    buildLogEntry(1, bruno, {
      action: 'TRANSFER_REJECTED',
      data: {
        type: 'external_transfer',
        status: 'rejected',
        amount: 84_000,
        currency: 'EUR',
        reason: '<b>No</b>',
      },
    }),
    buildLogEntry(2, alice, {
      action: 'BENEFICIARY_ADDED',
      operation_id: null,
      data: { name: '<b>Bob</b>' },
    }),
  ];
  bank.answerNext('GET', '/api/logs', { status: 200, body: { items, next: null } });
  const activity = section((await browser.get(page)).html, 'activity');
  t.regex(activity, /bruno a refusé un virement de 840,00\s€/u);
  t.true(activity.includes('Motif\u00a0: &lt;b&gt;No&lt;/b&gt;'));
  t.true(activity.includes('alice a enregistré le bénéficiaire &lt;b&gt;Bob&lt;/b&gt;'));
  t.true(activity.includes(`href="/operations/${fakeId(3, 1)}"`));
});

test('a name that the customer changed stays unverified until an agent confirms it', async (t) => {
  const { browser, bank } = await open(t);
  const renamed = { ...alice, first_name: 'Alicia' };
  const answer = { status: 200, body: renamed };
  bank.answerNext('GET', `/api/auth/users/${alice.id}`, answer);
  const identity = section((await browser.get(page)).html, 'identity');
  t.regex(identity, /Alice Martin[\s\S]*Entered by the customer: Alicia Martin/);
  t.true(identity.includes(`href="${page}/verify-name"`));
  bank.answerNext('GET', `/api/auth/users/${alice.id}`, answer);
  const confirm = await browser.get(`${page}/verify-name`);
  t.regex(confirm.html, /name="first_name" value="Alicia"/);
  t.regex(confirm.html, /Verified so far[\s\S]*Alice Martin/);
});

test('the second factor can only be reset where there is one', async (t) => {
  const { browser, bank } = await open(t);
  t.false((await browser.get(page)).html.includes(`href="${page}/second-factor"`));
  for (const more of [{ totp_enabled: true }, { passkeys: 1 }]) {
    bank.answerNext('GET', `/api/auth/users/${alice.id}`, { status: 200, body: { ...alice, ...more } });
    t.true(section((await browser.get(page)).html, 'identity').includes(`href="${page}/second-factor"`));
  }
});

test('each part says when it is missing, and the rest of the page stays', async (t) => {
  const { browser, bank } = await open(t);
  bank.down.add('accounts');
  const withoutAccounts = (await browser.get(page)).html;
  for (const part of ['waiting', 'accounts', 'recent'])
    t.regex(section(withoutAccounts, part), /can’t show this right now/, part);
  t.regex(section(withoutAccounts, 'identity'), /Alice Martin/);
  t.regex(section((await browser.get('/reconciliation')).html, 'ledger'), /can’t show this right now/);
  bank.down.delete('accounts');
  bank.down.add('logging');
  const withoutLog = (await browser.get(page)).html;
  t.regex(section(withoutLog, 'activity'), /can’t show this right now/);
  t.regex(section(withoutLog, 'accounts'), /Household/);
});

test('the superuser sees the customer without their money', async (t) => {
  const { browser, bank } = await open(t, { as: 'root' });
  const { html } = await browser.get(page);
  t.is(section(html, 'accounts') + section(html, 'waiting'), '');
  t.regex(section(html, 'identity'), /Alice Martin/);
  t.true(html.indexOf('id="identity"') < html.indexOf('id="activity"'), 'who it is comes first');
  t.false(bank.requests.some(({ path }) => path === '/api/accounts' || path === '/api/operations'));
});
