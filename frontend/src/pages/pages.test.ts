import type { Role } from '@guichet/contract';
import { LANGUAGES } from '@guichet/contract';
import test from 'ava';
import { CONTENT_SECURITY_POLICY } from '../security-headers.ts';
import { pendingTransfer } from '../testing/answers/operations.ts';
import { Browser, locationOf, type PageResponse } from '../testing/browser.ts';
import { PAGES, PEOPLE } from '../testing/every-page.ts';
import { buildLogEntry, buildUser, fakeId } from '../testing/fixtures.ts';
import { startFrontend } from '../testing/start-frontend.ts';
import { listAt } from './lists/filters.ts';

const frontend = await startFrontend();
test.after.always(() => frontend.close());

/** What a strict Content-Security-Policy would block, and values that a template failed to fill in. */
function faultsOf({ html }: PageResponse): string[] {
  const faults: string[] = [];
  if (/<script(?![^>]* src=)/i.test(html)) faults.push('an inline script');
  if (/<style|\sstyle=/i.test(html)) faults.push('an inline style');
  if (/\son[a-z]+=/i.test(html)) faults.push('an inline handler');
  if (/(?:src|href|action)="(?:https?:)?\/\//i.test(html)) faults.push('something from elsewhere');
  // A token may contain the letters of NaN.
  if (/\[object |undefined|(?<![\w-])NaN(?![\w-])|\{\{|\{%/.test(html)) faults.push('a missing value');
  const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  if (twice.length > 0) faults.push(`an id twice: ${twice.join(', ')}`);
  for (const [, id] of html.matchAll(/<label[^>]* for="([^"]+)"/g)) {
    if (!ids.includes(id)) faults.push(`a label for nothing: ${id}`);
  }
  for (const [, described] of html.matchAll(/aria-describedby="([^"]+)"/g)) {
    for (const id of described?.trim().split(/\s+/) ?? [])
      if (!ids.includes(id)) faults.push(`described by nothing: ${id}`);
  }
  const forms = html
    .split('<form')
    .slice(1)
    .map((form) => form.split('</form>')[0] ?? '');
  for (const form of forms) {
    if (/^[^>]*method="post"/.test(form) && !form.includes('name="_csrf"'))
      faults.push('a form without its token');
    const action = /^[^>]*method="post"[^>]*action="([^"]*)"/.exec(form)?.[1];
    const isKeyed =
      action !== undefined &&
      listAt(action.split('?')[0] ?? '') === null &&
      /^\/(?:accounts|beneficiaries|deposits|inbox\/decisions|operations|transfers|withdrawals)/.test(action);
    if (isKeyed && !form.includes('name="idempotency_key"')) faults.push(`a form without its key: ${action}`);
  }
  if ((html.match(/<h1/g) ?? []).length !== 1) faults.push('not one h1');
  return faults;
}

for (const language of LANGUAGES) {
  for (const [role, paths] of Object.entries(PAGES)) {
    test(`every page of a ${role} renders completely in ${language}`, async (t) => {
      const browser = new Browser(frontend.url, language);
      if (role !== 'visitor') await browser.signIn(PEOPLE[role as Role]);
      for (const path of paths) {
        // The secret of a mailed link leaves the address at once.
        const page = await browser.follow(await browser.get(path));
        t.is(page.status, 200, path);
        t.deepEqual(faultsOf(page), [], `${path}\n`);
        t.is(page.headers['content-security-policy'], CONTENT_SECURITY_POLICY);
        t.is(page.headers['cache-control'], 'no-store');
        t.is(page.headers['x-content-type-options'], 'nosniff');
      }
    });
  }
}

test('signed-out users are redirected to sign in, then back', async (t) => {
  const browser = new Browser(frontend.url);
  const sent = await browser.get('/operations?status=pending');
  t.is(sent.status, 303);
  t.is(sent.headers.location, '/login?next=%2Foperations%3Fstatus%3Dpending');
  const form = await browser.get(locationOf(sent));
  t.regex(form.html, /name="next" value="\/operations\?status=pending"/);
  const fields = { username: 'alice', password: 'correct horse battery', next: '/operations?status=pending' };
  const back = await browser.submit('/login', fields);
  t.is(back.headers.location, '/operations?status=pending');
});

test('signing in only redirects to local pages', async (t) => {
  for (const next of ['https://evil.example', '//evil.example', '/\\evil.example']) {
    const browser = new Browser(frontend.url);
    const fields = { username: 'alice', password: 'correct horse battery', next };
    t.is((await browser.submit('/login', fields)).headers.location, '/dashboard', next);
  }
});

test('each role can only open its own pages', async (t) => {
  const refused: Record<Role, string[]> = {
    member: ['/inbox', '/customers', '/agents', '/reconciliation'],
    agent: ['/dashboard', '/transfers/new', '/agents', '/beneficiaries'],
    superuser: ['/dashboard', '/inbox', '/accounts', '/operations'],
  };
  for (const [role, paths] of Object.entries(refused)) {
    const browser = new Browser(frontend.url);
    await browser.signIn(PEOPLE[role as Role]);
    for (const path of paths) t.is((await browser.get(path)).status, 403, `${role} ${path}`);
  }
});

test('an unknown page is 404 and shows the request id', async (t) => {
  const browser = new Browser(frontend.url);
  await browser.signIn('alice');
  for (const path of [
    '/nothing',
    `/accounts/${fakeId(2, 99)}`,
    '/accounts/..%2fx',
    '/operations/1',
    '/customers',
  ]) {
    const page = await browser.get(path, { 'x-request-id': 'ref-1' });
    t.is(page.status, path === '/customers' ? 403 : 404, path);
    t.regex(page.html, /ref-1/);
    t.deepEqual(faultsOf(page), [], path);
  }
});

test('user input is shown, never executed', async (t) => {
  const browser = new Browser(frontend.url);
  const fields = { username: '"><script>alert(1)</script>', password: 'x' };
  const page = await browser.submitRefused('/login', fields);
  t.true(page.html.includes('&lt;script&gt;'));
  t.false(page.html.includes('<script>alert'));
});

test('the log only links to pages the user can open', async (t) => {
  const linked: Record<string, boolean> = { alice: true, bruno: true, root: false };
  for (const [username, expected] of Object.entries(linked)) {
    const browser = new Browser(frontend.url);
    await browser.signIn(username);
    const { html } = await browser.get('/logs');
    t.is(/href="\/operations\/[0-9a-f-]{36}"/.test(html), expected, username);
  }
  const stranger = buildLogEntry(90, buildUser('mallory', 'member'), {
    subject: { type: 'operation', id: fakeId(3, 77) },
  });
  const browser = new Browser(frontend.url);
  await browser.signIn('alice');
  frontend.bank.answerNext('GET', '/api/logs', { status: 200, body: { items: [stranger], next: null } });
  t.false((await browser.get('/logs')).html.includes(`/operations/${fakeId(3, 77)}`));
});

test('the level tiles of the log keep the other filters', async (t) => {
  const browser = new Browser(frontend.url);
  await browser.signIn('bruno');
  const { id } = buildUser('alice', 'member');
  const { html } = await browser.get(`/logs/dashboard?service=auth&user=${id}&from=2026-11-01`);
  t.regex(
    html,
    new RegExp(
      `href="/logs\\?user=${id}&amp;level=ERROR&amp;service=auth&amp;from=2026-10-31T23%3A00%3A00.000Z&amp;to=[^"]+"`,
    ),
    'in the order of the declaration, and for the period that was counted',
  );
  t.regex(html, /4 more</, 'every action is listed');
});

test.serial('a member’s overview counts in sentences, and leads to their own activity', async (t) => {
  const browser = new Browser(frontend.url);
  await browser.signIn('alice');
  const { html } = await browser.get('/logs/dashboard?period=7d');
  t.regex(html, />You signed in \d+ times</);
  t.is(html.match(/<svg class="log-times".*?<\/svg>/s)?.[0].match(/<text/g)?.length, 5);
  t.deepEqual(html.match(/class="row-link"[^>]*>[^<]*\.</g), null, 'a line of a table has no full stop');
  t.regex(html, /href="\/logs\?type_action=LOGIN&amp;from=[^"]+&amp;to=[^"]+"/);
  t.notRegex(html, /WARNING|accounts<|levels\./);
  const asked = frontend.bank.requests.findLast(({ path }) => path === '/api/logs/stats');
  t.is(asked?.query.get('group'), null);
  t.regex(asked?.query.get('from') ?? '', /T/);
});

test.serial(
  'each filter in use is a chip that can be removed alone, and typed texts stay sealed',
  async (t) => {
    const browser = new Browser(frontend.url);
    await browser.signIn('bruno');
    const sent = await browser.submit('/logs', { q: 'rent', level: 'WARNING', service: 'auth' });
    const { html } = await browser.follow(sent);
    const chips = [
      ...html.matchAll(
        /<a class="chip" href="([^"]+)"><span class="sr-only">[^<]*<\/span><span[^>]*>([^<]+)</g,
      ),
    ].map(([, href = '', text = '']) => [text, href.replaceAll('&amp;', '&')] as const);
    t.deepEqual(
      chips.map(([text]) => text),
      ['Level: Warning', 'Service: auth', 'Text: rent'],
    );
    const filters = async (href: string | undefined) => {
      await browser.get(href ?? '');
      const query = frontend.bank.requests.findLast(({ path }) => path === '/api/logs')?.query;
      return ['q', 'level', 'service'].map((name) => query?.get(name) ?? null);
    };
    t.deepEqual(await filters(chips[0]?.[1]), ['rent', null, 'auth']);
    t.deepEqual(await filters(chips[2]?.[1]), [null, 'WARNING', 'auth']);
    t.false(chips.some(([, href]) => href.includes('rent')));
  },
);

test('a custom period is sent in the bank’s zone and replaces one that ends now', async (t) => {
  const browser = new Browser(frontend.url);
  await browser.signIn('bruno');
  const { html } = await browser.get('/logs?period=1h&level=ERROR');
  t.regex(html, /aria-current="true">1 hour</);
  const action =
    /action="(\/logs\?[^"]*)">\s*<input type="hidden" name="_csrf"[^>]*>\s*<div[^>]*><label class="eyebrow" for="period-from"/.exec(
      html,
    )?.[1];
  t.is(action, '/logs?level=ERROR');
  const sent = await browser.submit('/logs?level=ERROR', { from: '2026-11-20T10:15', to: '' });
  t.is(String(sent.headers.location), '/logs?level=ERROR&from=2026-11-20T09%3A15%3A00.000Z');
  const shown = await browser.follow(sent);
  t.regex(shown.html, /name="from" type="datetime-local" step="1" value="2026-11-20T10:15"/);
});

test('opening the checks page runs none; the button runs one', async (t) => {
  const browser = new Browser(frontend.url);
  await browser.signIn('bruno');
  const runs = () =>
    frontend.bank.requests.filter(
      ({ method, path }) =>
        path === '/api/logs/verify' || (method === 'POST' && path === '/api/ledger/reconciliation'),
    ).length;
  const before = runs();
  t.regex((await browser.get('/reconciliation')).html, /Last run[\s\S]*20 Nov 2026/);
  t.is(runs(), before);
  t.is((await browser.submit('/reconciliation', {})).status, 303);
  t.is(runs(), before + 1);
  t.is((await browser.submit('/reconciliation', { full: 'true' })).status, 303);
  const asked = frontend.bank.requests.filter(
    ({ method, path }) => method === 'POST' && path === '/api/ledger/reconciliation',
  );
  t.deepEqual(
    asked.slice(-2).map(({ query }) => String(query)),
    ['full=false', 'full=true'],
  );
  const checked = await browser.submit('/reconciliation/log', {}, '/reconciliation');
  t.is(checked.status, 200);
  t.regex(checked.html, /1,204 entries checked|1204 entries checked/);
  t.is(runs(), before + 3);
});

test('the dashboard lists the requests that wait for an agent', async (t) => {
  const browser = new Browser(frontend.url);
  await browser.signIn('alice');
  const { html } = await browser.get('/dashboard');
  t.true(html.split('id="waiting"')[1]?.includes(`href="/operations/${pendingTransfer.id}"`));
});
