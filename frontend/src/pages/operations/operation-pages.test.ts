import { THE_BANK } from '@guichet/contract';
import type { Operation } from '@guichet/contract/accounts';
import test from 'ava';
import { household } from '../../testing/answers/accounts.ts';
import { receivedFile } from '../../testing/answers/incoming.ts';
import { pendingTransfer, postedTransfer, refusedTransfer } from '../../testing/answers/operations.ts';
import { Browser } from '../../testing/browser.ts';
import { buildEntries, buildLogEntry, buildOperation, buildUser, fakeId } from '../../testing/fixtures.ts';
import { startFrontend } from '../../testing/start-frontend.ts';

const alice = buildUser('alice', 'member');
const frontend = await startFrontend();
test.after.always(() => frontend.close());

async function signedIn(username = 'alice'): Promise<Browser> {
  const browser = new Browser(frontend.url);
  await browser.signIn(username);
  return browser;
}

const buildSides = (balanceAfter: number) =>
  buildEntries(1, household).map((entry) => ({
    ...entry,
    operation_id: postedTransfer.id,
    account_id: household.id,
    balance_after: balanceAfter,
  }));

const list = (items: object[], next: string | null = null) => ({ status: 200, body: { items, next } });

async function storyOf(browser: Browser, changes: Partial<Operation>): Promise<string> {
  const operation = buildOperation(1, alice, changes);
  frontend.bank.answerNext('GET', `/api/operations/${operation.id}`, { status: 200, body: operation });
  const { html } = await browser.get(`/operations/${operation.id}`);
  const timeline = html.split('<ol class="timeline">')[1]?.split('</ol>')[0] ?? '';
  return timeline.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
}

test.serial('a waiting request shows its customer what happened and what happens next', async (t) => {
  const story = await storyOf(await signedIn(), { payee_check: 'match' });
  t.regex(
    story,
    /You requested this.*The payee’s name matches.*€840\.00 reserved.*An agent reviews this.*Expires 20 Dec 2026.*Once approved/,
  );
  t.false(story.includes('usually'), 'too few decisions are known');
});

test.serial('the page says how long it usually takes if earlier requests show it', async (t) => {
  const earlier = [1, 2, 3, 4].map((number) =>
    buildOperation(number, alice, { status: 'posted', decided_at: '2026-11-20T10:30:00.000Z' }),
  );
  const browser = await signedIn();
  frontend.bank.answerNext('GET', '/api/operations', list(earlier));
  t.regex(await storyOf(browser, {}), /usually decided within 2 hours\./);
});

test.serial('a refusal has the agent, the reason, and the money that is available again', async (t) => {
  const browser = await signedIn();
  const { html } = await browser.get(`/operations/${refusedTransfer.id}`);
  t.regex(
    html,
    /bruno rejected this[\s\S]*The invoice is for someone else[\s\S]*€125\.00 is available again/,
  );
  t.regex(html, new RegExp(`href="/transfers/new\\?repeat=${refusedTransfer.id}">Try again`));
});

test.serial('a reversal is shown with its time, and leads where the user can see it', async (t) => {
  const reversalId = fakeId(3, 77);
  const reversed = {
    ...postedTransfer,
    reversed_by_transfer_id: reversalId,
    reversed_at: '2026-11-21T09:00:00.000Z',
  };
  for (const [username, href] of [
    ['alice', `/accounts/${household.id}?type=reversal`],
    ['bruno', `/operations/${reversalId}`],
  ] as const) {
    const browser = await signedIn(username);
    frontend.bank.answerNext('GET', `/api/operations/${reversed.id}`, { status: 200, body: reversed });
    const { html } = await browser.get(`/operations/${reversed.id}`);
    t.regex(html, /The money was sent[\s\S]*This was reversed[\s\S]*21 Nov 2026/);
    t.true(html.includes(`href="${href}">See the reversal`), username);
  }
  const browser = await signedIn('bruno');
  const reversing = { ...postedTransfer, type: 'reversal', reverses_transfer_id: fakeId(3, 76) };
  frontend.bank.answerNext('GET', `/api/operations/${reversing.id}`, { status: 200, body: reversing });
  const { html } = await browser.get(`/operations/${reversing.id}`);
  t.true(html.includes(`href="/operations/${fakeId(3, 76)}">The original operation`));
});

test.serial('an agent sees who requested it, with the facts', async (t) => {
  const browser = await signedIn('bruno');
  const { html } = await browser.get(`/operations/${pendingTransfer.id}`);
  t.regex(html, /alice requested this/);
  t.regex(html, /What to decide by/);
  t.false(html.includes('usually decided'));
});

test.serial(
  'a member’s list begins with the waiting requests, each once, and continues by day',
  async (t) => {
    const { html } = await (await signedIn()).get('/operations');
    const [waiting = '', ...days] = html.split(/<tbody data-day=/);
    t.regex(waiting, /data-waiting[\s\S]*Waiting/);
    t.true(waiting.includes(`/operations/${pendingTransfer.id}"`));
    t.is(html.split(`/operations/${pendingTransfer.id}"`).length, 2, 'it is listed once');
    t.true(days.some((day) => day.includes(`/operations/${postedTransfer.id}"`)));
    t.regex(days.join(''), /Friday, 20 November 2026/);
  },
);

test.serial(
  'older operations are a link that keeps the filters, and a later page has no list of its own',
  async (t) => {
    const browser = await signedIn();
    frontend.bank.answerNext('GET', '/api/operations', list([postedTransfer], 'further'));
    const first = await browser.get('/operations?status=posted');
    t.true(first.html.includes('rel="next" href="/operations?status=posted&amp;cursor=further"'));
    t.false(first.html.includes('data-waiting'));
    const later = await browser.get('/operations?cursor=further');
    t.false(later.html.includes('data-waiting'));
    t.true(
      later.html.includes(`/operations/${pendingTransfer.id}"`),
      'what waits is not lost on later pages',
    );
  },
);

test.serial('without the waiting requests, the list is still shown', async (t) => {
  const browser = await signedIn();
  const answer = list([postedTransfer]);
  frontend.bank.answerNext('GET', '/api/operations', answer);
  frontend.bank.answerNext('GET', '/api/operations', answer);
  frontend.bank.answerNext('GET', '/api/operations', { status: 503 });
  const { status, html } = await browser.get('/operations');
  t.is(status, 200);
  t.regex(html, /Missing: requests\./);
});

test.serial(
  'only a user who opens the page reads the operation: no browser that loads ahead, and no HEAD',
  async (t) => {
    const browser = await signedIn('bruno');
    const path = `/operations/${pendingTransfer.id}`;
    const before = frontend.bank.requests.length;
    const read = () => frontend.bank.requests.slice(before).filter((one) => one.path === `/api${path}`);
    for (const headers of [
      { 'sec-purpose': 'prefetch' },
      { 'sec-purpose': 'prefetch;prerender' },
      { purpose: 'prefetch' },
    ] as Record<string, string>[])
      t.is((await browser.get(path, headers)).status, 503);
    t.is((await browser.head(path)).status, 200);
    t.is((await browser.head(`/operations/${fakeId(9, 9)}`)).status, 404);
    t.deepEqual(read(), []);
    await browser.get(path, { 'x-guichet-passive': 'yes' });
    await browser.get(path);
    t.deepEqual(
      read().map(({ headers }) => headers['x-guichet-passive'] ?? null),
      ['yes', null],
    );
  },
);

const bruno = buildUser('bruno', 'agent');
const mailId = fakeId(8, 1);
const ofTransfer = (
  sequence: number,
  time: string,
  action: string,
  data = {},
  by: typeof alice | null = bruno,
) =>
  buildLogEntry(sequence, by, {
    action,
    time,
    subject: { type: 'operation', id: postedTransfer.id },
    data: { type: 'external_transfer', amount: 84_000, currency: 'EUR', ...data },
    hash: String(sequence).padStart(64, 'a'),
  });
/** The log about the posted transfer, newest first. */
const logOfTransfer = [
  buildLogEntry(14, null, {
    action: 'MAIL_SENT',
    time: '2026-11-20T16:20:07.000Z',
    subject: { type: 'mail', id: mailId },
    data: { template: 'operation_decided' },
  }),
  ofTransfer(13, '2026-11-20T16:20:00.000Z', 'TRANSFER_POSTED', { status: 'posted', mail_ids: [mailId] }),
  ofTransfer(12, '2026-11-20T16:18:00.000Z', 'OPERATION_VIEWED'),
  ofTransfer(11, '2026-11-20T08:41:12.000Z', 'TRANSFER_REQUESTED', { status: 'pending' }, alice),
];

function answerLog(items: object[]): void {
  frontend.bank.answerNext('GET', '/api/logs', list(items));
}

const textOf = (html: string) => html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
const pathOfTransfer = `/operations/${postedTransfer.id}`;

test.serial(
  'staff read who opened it, both sides of the ledger, the mail, and the entries with their hashes',
  async (t) => {
    const browser = await signedIn('bruno');
    answerLog(logOfTransfer);
    const { html } = await browser.get(pathOfTransfer);
    const text = textOf(html);
    t.regex(
      text,
      /alice requested this.*bruno opened this 7 hours later.*bruno approved this 2 minutes later.*The money was sent Email about it: sent/,
    );
    t.regex(text, /Credit Settlement with other banks.*Debit|Debit.*Credit/);
    t.regex(text, /Settlement with other banks/);
    t.true(html.includes('id="entry-13"') && html.includes('href="#entry-13"'));
    t.true(html.includes(String(13).padStart(64, 'a')), 'the whole hash is there, on demand');
    t.true(html.includes(`href="${pathOfTransfer}?verify=1#audit"`));
  },
);

test.serial('a member reads neither who opened it nor hashes nor the other side', async (t) => {
  const browser = await signedIn();
  answerLog(logOfTransfer.slice(1, 2));
  const { html } = await browser.get(pathOfTransfer);
  t.notRegex(html, /opened this|entry-13|verify=1|Debit|Email about it/);
  answerLog(logOfTransfer.slice(1, 2));
  t.notRegex((await browser.get(`${pathOfTransfer}?verify=1`)).html, /as they were stored/);
});

const verified = (changes: object) => ({
  status: 200,
  body: {
    ok: true,
    checked: 40,
    first_break: null,
    reason: null,
    head: { sequence: 50, hash: 'a'.repeat(64) },
    fault: null,
    unread: 0,
    entries: [11, 12, 13, 14].map((sequence) => ({
      id: fakeId(6, sequence),
      sequence,
      time: '2026-11-20T16:20:00.000Z',
      action: 'TRANSFER_POSTED',
      hash: 'a'.repeat(64),
      proof: sequence === 14 ? 'linked' : 'signed',
      signed_at: sequence === 14 ? null : '2026-11-20T16:30:00.000Z',
    })),
    ...changes,
  },
});

test.serial('the outcome of a verification is in plain words, whichever it is', async (t) => {
  const browser = await signedIn('bruno');
  const verify = async (answer: { status: number; body?: object }) => {
    answerLog(logOfTransfer);
    frontend.bank.answerNext('GET', '/api/logs/verify', answer);
    const { status, html } = await browser.get(`${pathOfTransfer}?verify=1`);
    t.is(status, 200);
    return textOf(html);
  };
  t.regex(
    await verify(verified({})),
    /All 4 entries are as they were stored\. 3 are proven by checkpoints that the bank signed, the last on 20 Nov 2026, 17:30:00.*1 fits the entries before and after it.*No entry is missing.*#13 Signed/,
  );
  t.regex(await verify(verified({ unread: 1_200 })), /1,200 other entries of the log weren’t read/);
  for (const [fault, words] of [
    ['changed', 'Entry 12 of the log was changed'],
    ['missing', 'Entry 12 of the log is missing'],
    ['rewritten', 'The log was rewritten: entry 12'],
    ['request_missing', 'The entry about the request is missing'],
  ]) {
    const text = await verify(verified({ ok: false, fault, first_break: 12 }));
    t.true(text.includes(words ?? ''), fault);
    t.regex(text, /Don’t rely on these entries/);
  }
  const nothing = await verify(verified({ checked: 0, entries: [] }));
  t.regex(nothing, /has no entry about this operation yet, so nothing is proven/);
  t.notRegex(nothing, /as they were stored|No entry is missing/);
  t.regex(await verify({ status: 503 }), /can’t be verified right now/);
});

test.serial('while the log is down or behind, the page says so and shows the rest', async (t) => {
  const browser = await signedIn('bruno');
  frontend.bank.answerNext('GET', '/api/logs', { status: 503 });
  const down = await browser.get(pathOfTransfer);
  t.is(down.status, 200);
  t.regex(textOf(down.html), /alice requested this.*The money was sent.*Debit.*lacks what only the log has/);
  answerLog(logOfTransfer.slice(2));
  t.regex(
    textOf((await browser.get(pathOfTransfer)).html),
    /The money was sent The audit log has no entry about this step/,
  );
});

test.serial(
  'the ledger’s balance is the one after the operation, and the present one is not shown',
  async (t) => {
    const browser = await signedIn('bruno');
    const [entry] = buildSides(12_345);
    frontend.bank.answerNext('GET', `/api/operations/${postedTransfer.id}/entries`, list([entry as object]));
    const { html } = await browser.get(pathOfTransfer);
    t.regex(html, /€123\.45/);
    t.notRegex(textOf(html), /available/);
  },
);

test.serial(
  'the superuser, who opens no operation, verifies its entries on the page of the log',
  async (t) => {
    const browser = await signedIn('root');
    const path = `/logs?operation=${postedTransfer.id}`;
    const page = await browser.get(path);
    t.true(page.html.includes(`href="${path}&amp;verify=1#audit"`));
    t.notRegex(page.html, /as they were stored/);
    frontend.bank.answerNext('GET', '/api/logs/verify', verified({}));
    t.regex((await browser.get(`${path}&verify=1`)).html, /All 4 entries are as they were stored/);
    t.notRegex((await browser.get('/logs?verify=1')).html, /as they were stored|verify=1#audit/);
  },
);

test.serial(
  'a file that the bank itself received is shown as the bank’s, without a page of a customer',
  async (t) => {
    const file = { ...receivedFile, requester: THE_BANK };
    const browser = await signedIn('bruno');
    frontend.bank.answerNext('GET', `/api/operations/${file.id}`, { status: 200, body: file });
    const { html: page } = await browser.get(`/operations/${file.id}`);
    t.regex(page, /The bank received this file/);
    t.notRegex(page, /The customer will see this/);
    frontend.bank.answerNext('GET', '/api/operations', list([file]));
    const { html: all } = await browser.get('/operations');
    t.regex(all, /The bank/);
    for (const html of [page, all]) {
      t.false(html.includes(THE_BANK.username));
      t.false(html.includes(`/customers/${THE_BANK.id}`));
    }
  },
);
