import type { LogEntry } from '@guichet/contract/logging';
import test, { type ExecutionContext } from 'ava';
import { SCRIPTS_COOKIE } from '../../scripts-cookie.ts';
import { pendingTransfer, postedTransfer } from '../../testing/answers/operations.ts';
import { Browser } from '../../testing/browser.ts';
import { buildLogEntry, buildUser, fakeId } from '../../testing/fixtures.ts';
import { signedIn } from '../../testing/signed-in.ts';
import type { RunningFrontend } from '../../testing/start-frontend.ts';

const alice = buildUser('alice', 'member');
const bruno = buildUser('bruno', 'agent');

/** The bank as users without scripts see it. */
async function open(t: ExecutionContext, username = 'alice') {
  const context = await signedIn(t, username);
  await openWithoutScripts(context.browser, username);
  return context;
}

async function openWithoutScripts(browser: Browser, username: string): Promise<void> {
  browser.cookies.delete(SCRIPTS_COOKIE);
  const home = { alice: '/dashboard', bruno: '/inbox', root: '/agents' }[username] ?? '/profile';
  await browser.get(home);
}

/** Decided a moment from now, so after the user's first page. */
const decided = (sequence: number, changes: Partial<LogEntry> = {}) =>
  buildLogEntry(sequence, bruno, {
    time: new Date(Date.now() + 1_000).toISOString(),
    action: 'TRANSFER_POSTED',
    subject: { type: 'operation', id: pendingTransfer.id },
    data: { type: 'external_transfer', amount: 20_000, currency: 'EUR', status: 'posted' },
    ...changes,
  });

function logHas(frontend: RunningFrontend, ...entries: LogEntry[]): void {
  frontend.bank.answerNext('GET', '/api/logs', {
    status: 200,
    body: { items: entries.toReversed(), next: null },
  });
}

/** The number of the bell, and what a screen reader says of it. */
function bellOf(html: string): [shown: string | null, label: string | undefined] {
  const bell = /<a [^>]*data-bell=.*?<\/a>/s.exec(html)?.[0] ?? '';
  const shown = /data-bell-count>([^<]*)</.exec(bell)?.[1] ?? null;
  return [shown, /aria-label="([^"]*)"/.exec(bell)?.[1]];
}

test('without scripts, the bell counts what happened, and none after it was marked as read', async (t) => {
  const { frontend, browser, bank } = await open(t);
  t.deepEqual(bellOf((await browser.get('/profile')).html), [null, 'Notifications']);
  const entries = [decided(1_001), decided(1_002, { subject: { type: 'operation', id: fakeId(3, 77) } })];
  logHas(frontend, ...entries);
  t.deepEqual(bellOf((await browser.get('/profile')).html), ['2', 'Notifications: 2']);

  logHas(frontend, ...entries);
  const page = await browser.get('/notifications');
  t.deepEqual(bellOf(page.html)[0], '2');
  t.regex(page.html, new RegExp(`href="/operations/${pendingTransfer.id}">Transfer, €200.00: approved</a>`));
  t.regex(page.html, /href="\/dashboard">You received €200.00<\/a>/);

  logHas(frontend, ...entries);
  const marked = await browser.submit('/notifications/read', {}, '/notifications');
  t.is(marked.status, 303);
  t.is(marked.headers.location, '/notifications');
  logHas(frontend, ...entries);
  t.deepEqual(bellOf((await browser.get('/profile')).html), [null, 'Notifications']);
  logHas(frontend, ...entries);
  t.regex((await browser.get('/notifications')).html, /Nothing new/);
  const asked = bank.requests.findLast(({ path }) => path === '/api/logs');
  t.true(
    Date.parse(asked?.query.get('from') ?? '') > Date.now() - 25 * 3_600_000,
    'it reads no more than a day',
  );
  logHas(frontend, ...entries, decided(1_003));
  t.is(bellOf((await browser.get('/profile')).html)[0], '1');
});

test('what happens between the page and its button is still new', async (t) => {
  const { frontend, browser } = await open(t);
  logHas(frontend, decided(1_001));
  await browser.submit('/notifications/read', {}, '/notifications');
  logHas(frontend, decided(1_000), decided(1_001), decided(1_002));
  t.is(bellOf((await browser.get('/profile')).html)[0], '1');
});

test('what users did themselves is not new to them, nor what only waits', async (t) => {
  const { frontend, browser } = await open(t);
  const data = { type: 'external_transfer', amount: 1, currency: 'EUR', status: 'pending' };
  logHas(frontend, decided(1_001, { actor: { ...alice, id: alice.id } }), decided(1_002, { data }));
  t.is(bellOf((await browser.get('/profile')).html)[0], null);
});

test('more than 99 are 99+, here as with scripts', async (t) => {
  const { frontend, browser } = await open(t);
  logHas(frontend, ...Array.from({ length: 120 }, (_, index) => decided(1_001 + index)));
  t.is(bellOf((await browser.get('/profile')).html)[0], '99+');
});

test('where scripts run, and in what they load, no page counts', async (t) => {
  const { browser, bank } = await open(t);
  const before = bank.requests.length;
  await browser.get('/profile', { 'x-guichet-passive': 'yes' });
  browser.cookies.set(SCRIPTS_COOKIE, 'yes');
  await browser.get('/profile');
  t.false(bank.requests.slice(before).some(({ path }) => path === '/api/logs'));
});

test('another user of the browser has a mark of their own, and finds the old one back at the next sign-in', async (t) => {
  const { frontend, browser } = await open(t);
  logHas(frontend, decided(1_001));
  await browser.submit('/notifications/read', {}, '/notifications');
  const marks = () => [...browser.cookies].filter(([name]) => name.startsWith('guichet-read-'));
  const [own] = marks();
  await browser.submit('/logout', {}, '/profile');
  await browser.signIn('bruno');
  await openWithoutScripts(browser, 'bruno');
  t.is(marks().length, 2);
  // As if the agent renamed the member's cookie.
  const [name = ''] = marks().find(([one]) => one !== own?.[0]) ?? [];
  browser.cookies.set(name, own?.[1] ?? '');
  await browser.get('/profile');
  t.not(browser.cookies.get(name), own?.[1], 'it is ignored, and replaced');
  await browser.submit('/logout', {}, '/profile');
  await browser.signIn('alice');
  await openWithoutScripts(browser, 'alice');
  logHas(frontend, decided(1_001), decided(1_002));
  t.is(bellOf((await browser.get('/profile')).html)[0], '1');
});

test('a mark that the bank did not sign is ignored', async (t) => {
  const { frontend, browser } = await open(t);
  const [name = '', value = ''] = [...browser.cookies].find(([one]) => one.startsWith('guichet-read-')) ?? [];
  const [at, , signature] = value.split('.');
  for (const forged of [`${at}.999999.${signature}`, '0.0.', 'x', `1.0.${'a'.repeat(43)}`]) {
    browser.cookies.set(name, forged);
    await browser.get('/profile');
    t.not(browser.cookies.get(name), forged);
    t.regex(browser.cookies.get(name) ?? '', /^\d+\.0\.[\w-]{43}$/);
  }
  logHas(frontend, decided(1_001));
  t.is(bellOf((await browser.get('/profile')).html)[0], '1');
});

test('marking as read takes the token of the form, and only numbers from it', async (t) => {
  const { browser } = await open(t);
  t.is((await browser.post('/notifications/read', { at: '1', sequence: '1' })).status, 403);
  const mark = () => [...browser.cookies].find(([name]) => name.startsWith('guichet-read-'))?.[1] ?? '';
  for (const [at, sequence] of [
    ['9'.repeat(15), 'x'],
    ['', '-1'],
    ['1e3', '9'.repeat(16)],
  ] as const) {
    const marked = await browser.submit('/notifications/read', { at, sequence }, '/profile');
    t.is(marked.status, 303);
    const [atMs, read] = mark().split('.');
    t.true(Number(atMs) <= Date.now() && Number(atMs) > Date.now() - 60_000);
    t.is(read, '0');
  }
});

test('while a service is down, the bell has no number, and the page of news says that it is missing', async (t) => {
  const { browser, bank } = await open(t);
  bank.down.add('logging');
  const { status, html } = await browser.get('/profile');
  t.is(status, 200);
  t.deepEqual(bellOf(html), [null, 'Notifications']);
  t.notRegex(html, /We can’t show everything/);
  const page = await browser.get('/notifications');
  t.is(page.status, 200);
  t.regex(page.html, /Missing: notifications\./);
  t.notRegex(page.html, /Nothing new|Mark as read/);
});

test('an operation that can’t be looked up is not called money that was received', async (t) => {
  const { frontend, browser, bank } = await open(t);
  logHas(frontend, decided(1_001, { subject: { type: 'operation', id: postedTransfer.id } }));
  bank.down.add('accounts');
  t.notRegex((await browser.get('/notifications')).html, /You received/);
});

test('an agent’s bell counts what arrived since and still waits for them', async (t) => {
  const { browser, bank } = await open(t, 'bruno');
  const atMs = Date.now();
  await browser.submit('/notifications/read', { at: String(atMs) }, '/profile');
  const inbox = { items: [], next: null, total: 4, sums: [] };
  const arrived = buildUser('eva', 'member', { created_at: new Date(atMs + 1_000).toISOString() });
  const before = buildUser('denis', 'member', { created_at: new Date(atMs - 1_000).toISOString() });
  const answer = () => {
    bank.answerNext('GET', '/api/inbox', { status: 200, body: inbox });
    bank.answerNext('GET', '/api/auth/users', {
      status: 200,
      body: { items: [arrived, before], next: null, total: null },
    });
  };
  // The first list of users is the navigation's.
  bank.answerNext('GET', '/api/auth/users', { status: 200, body: { items: [before], next: null, total: 1 } });
  answer();
  const { html } = await browser.get('/notifications');
  t.regex(html, /href="\/inbox">4 new requests<\/a>/);
  t.regex(html, /href="\/inbox\?tab=registrations">1 new registration<\/a>/);
  t.is(bellOf(html)[0], '5');
  const asked = bank.requests.findLast(({ path }) => path === '/api/inbox');
  t.is(asked?.query.get('from'), new Date(atMs).toISOString());
  t.is(asked?.query.get('tab'), 'mine');
});

test('visitors are led to the sign-in page', async (t) => {
  const { frontend } = await open(t);
  const visitor = new Browser(frontend.url);
  t.regex(String((await visitor.get('/notifications')).headers.location), /^\/login/);
  t.is((await visitor.submit('/notifications/read', {}, '/login')).headers.location, '/login');
});

test('the superuser’s bell counts accepted invitations and reported problems', async (t) => {
  const { frontend, browser } = await open(t, 'root');
  const chloe = buildUser('chloe', 'agent');
  const confirmed = { action: 'EMAIL_CONFIRMED', data: {} };
  logHas(
    frontend,
    decided(1_001, { ...confirmed, actor: alice }),
    decided(1_002, { ...confirmed, actor: chloe }),
  );
  logHas(frontend, decided(1_003, { action: 'SERVICE_ERROR', level: 'ERROR', actor: null }));
  const { html } = await browser.get('/notifications');
  t.is(bellOf(html)[0], '2');
  t.regex(html, new RegExp(`href="/agents/${chloe.id}">chloe accepted the invitation</a>`));
  t.regex(html, /href="\/logs\?level=ERROR">1 problem reported<\/a>/);
});
