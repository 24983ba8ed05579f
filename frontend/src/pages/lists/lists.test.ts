import test from 'ava';
import { household } from '../../testing/answers/accounts.ts';
import { Browser, locationOf } from '../../testing/browser.ts';
import { buildLogEntry, fakeId } from '../../testing/fixtures.ts';
import { problem } from '../../testing/messages.ts';
import { privateWordIn } from '../../testing/private-words.ts';
import { startFrontend } from '../../testing/start-frontend.ts';
import { LISTS, listAt } from './filters.ts';

const frontend = await startFrontend();
test.after.always(() => frontend.close());

async function signedIn(username = 'bruno') {
  const browser = new Browser(frontend.url);
  await browser.signIn(username);
  return browser;
}
const PATHS = Object.values(LISTS).flatMap(({ paths, filters }) =>
  paths.map((path) => ({ path: path.replace(':id', household.id), filters: Object.keys(filters) })),
);

for (const { path, filters } of PATHS) {
  test.serial(
    `whatever is typed into ${path}, its address has nothing private, and the list still has it`,
    async (t) => {
      const browser = await signedIn(path === '/agents' ? 'root' : 'bruno');
      for (const text of ['Zoé Lefèvre', 'alice', 'FR7630099000010000000004238', '840.00', '192.0.2.14']) {
        const fields = Object.fromEntries(filters.map((filter) => [filter, text]));
        const sent = await browser.submit(path, fields);
        t.is(sent.status, 303);
        t.regex(locationOf(sent), /^\/[\w/-]+\?search=[\w-]+$/, 'and no choice that is none');
        t.is(privateWordIn(locationOf(sent)), null);
        const { html } = await browser.get(locationOf(sent));
        t.true(html.includes(`value="${text}"`), text);
      }
    },
  );
}

test.serial('a list is found by the address of its form, and no other form is taken for one', (t) => {
  t.is(listAt(`/accounts/${household.id}`), 'entries');
  t.is(listAt('/logs/dashboard'), 'logs');
  for (const path of ['/accounts/new', '/accounts/', '/inbox/choose', '/logs/export', '/'])
    t.is(listAt(path), null, path);
});

test.serial('choices stay readable, and one field that is sent again replaces only itself', async (t) => {
  const browser = await signedIn();
  const first = await browser.submit('/accounts', { q: 'Lefèvre', status: 'open' });
  t.regex(locationOf(first), /^\/accounts\?status=open&search=[\w-]+$/);
  const second = await browser.submit(locationOf(first), { status: '' }, locationOf(first));
  await browser.get(locationOf(second));
  t.deepEqual(
    [...(frontend.bank.requests.findLast(({ path }) => path === '/api/accounts')?.query ?? [])],
    [
      ['limit', '50'],
      ['q', 'Lefèvre'],
    ],
  );
  const cleared = await browser.submit(locationOf(second), { q: ' ' }, locationOf(second));
  t.is(locationOf(cleared), '/accounts');
});

test.serial('what is typed into an address is not a filter', async (t) => {
  const browser = await signedIn();
  await browser.get('/accounts?q=Lef%C3%A8vre&status=unknown&owner=alice&limit=200&cursor=next');
  const { query } = frontend.bank.requests.findLast(({ path }) => path === '/api/accounts') ?? {};
  t.deepEqual(Object.fromEntries(query ?? []), { limit: '50', cursor: 'next' });
});

test.serial(
  'a search is another user’s, another list’s or changed: the list is shown without it, and says so',
  async (t) => {
    const bruno = await signedIn();
    const path = locationOf(await bruno.submit('/customers', { q: 'denis' }));
    t.notRegex((await bruno.get(path)).html, /alice/);
    const sealed = new URL(path, frontend.url).searchParams.get('search') ?? '';
    const root = await signedIn('root');
    for (const [browser, address] of [
      [root, path],
      [bruno, `/accounts?search=${sealed}`],
      [bruno, `/customers?search=${sealed.slice(0, -1)}${sealed.endsWith('A') ? 'Q' : 'A'}`],
      [bruno, '/customers?search=x'],
    ] as const) {
      const { html, status } = await browser.get(address);
      t.is(status, 200);
      t.regex(html, /This search is no longer kept/);
      t.notRegex(html, new RegExp(`(?:href|action)="[^"]*${sealed}`), 'its links are without it');
    }
    t.notRegex((await bruno.get('/customers')).html, /no longer kept/);
  },
);

test.serial('many searches in many tabs do not push each other out', async (t) => {
  const browser = await signedIn();
  const before = browser.cookies.size;
  const paths: string[] = [];
  for (let tab = 0; tab < 20; tab += 1)
    paths.push(locationOf(await browser.submit('/customers', { q: `name ${tab}` })));
  for (const [tab, path] of paths.entries())
    t.true((await browser.get(path)).html.includes(`value="name ${tab}"`));
  t.is(browser.cookies.size, before);
});

test.serial(
  'a search form is refused from another site, without its token, and without a list',
  async (t) => {
    const browser = await signedIn();
    t.is((await browser.post('/customers', { q: 'denis' })).status, 403);
    const { html } = await browser.get('/customers');
    const token = /name="_csrf" value="([^"]+)"/.exec(html)?.[1] ?? '';
    t.is(
      (await browser.post('/customers', { _csrf: token }, { origin: 'https://evil.example' })).status,
      403,
    );
    t.is((await browser.post('/accounts/new/', { _csrf: token })).status, 403, 'agents open no account');
    t.is((await browser.post(`/accounts/${fakeId(2, 1)}x`, { _csrf: token })).status, 404);
    const visitor = new Browser(frontend.url);
    const { html: login } = await visitor.get('/login');
    const own = /name="_csrf" value="([^"]+)"/.exec(login)?.[1] ?? '';
    t.is(locationOf(await visitor.post('/customers', { _csrf: own, q: 'denis' })), '/login');
  },
);

test.serial(
  'a search that is sent after the session ended waits behind the sign-in page, for its user alone',
  async (t) => {
    const browser = await signedIn();
    const { html } = await browser.get('/customers?status=pending');
    const token = /name="_csrf" value="([^"]+)"/.exec(html)?.[1] ?? '';
    frontend.bank.answerNext('GET', '/api/accounts', { status: 401, body: problem(401, 'unauthenticated') });
    frontend.bank.answerNext('POST', '/api/auth/refresh', {
      status: 401,
      body: problem(401, 'invalid_refresh_token'),
    });
    t.regex(locationOf(await browser.get('/accounts')), /^\/login/);
    const sent = await browser.post('/customers?status=pending', { _csrf: token, q: 'denis' });
    const next = new URL(locationOf(sent), frontend.url).searchParams.get('next') ?? '';
    t.regex(next, /^\/customers\?status=pending&search=[\w-]+$/);
    await browser.signIn('bruno');
    t.regex((await browser.get(next)).html, /value="denis"/);
  },
);

test.serial('every link of a searched page keeps the search, sealed once', async (t) => {
  const browser = await signedIn();
  const path = locationOf(await browser.submit('/logs', { user: 'alice', q: 'rent', level: 'INFO' }));
  frontend.bank.answerNext('GET', '/api/logs', { status: 200, body: { items: [], next: 'further' } });
  const { html } = await browser.get(path);
  const sealed = new Set([...html.matchAll(/search=([\w-]+)/g)].map(([, value]) => value));
  for (const address of ['/logs/stream', '/logs/export', '/logs/dashboard', '/logs'])
    t.regex(html, new RegExp(`="${address}\\?level=INFO&amp;search=`), address);
  t.regex(html, /rel="next" href="[^"]+&amp;cursor=further"/);
  t.true(sealed.size <= 4, 'the one of this page, that of the address, and one without each of the filters');
  await browser.get(path.replace('/logs?', '/logs/export?'));
  const exported = frontend.bank.requests.findLast(({ path }) => path === '/api/logs/export');
  t.deepEqual(Object.fromEntries(exported?.query ?? []), {
    user: 'alice',
    level: 'INFO',
    q: 'rent',
    format: 'ndjson',
  });
});

test.serial('a correlation id that a client made up is sealed too', async (t) => {
  const browser = await signedIn();
  const items = [buildLogEntry(1, null, { correlation_id: 'order-of-alice' })];
  frontend.bank.answerNext('GET', '/api/logs', { status: 200, body: { items, next: null } });
  const { html } = await browser.get('/logs');
  const href = /href="(\/logs\?search=[\w-]+)"/.exec(html)?.[1] ?? '';
  await browser.get(href);
  const query = frontend.bank.requests.findLast(({ path }) => path === '/api/logs')?.query;
  t.is(query?.get('correlation_id'), 'order-of-alice');
});

test.serial(
  'an address says how many rows to show, from one page to the most that the services return at once',
  async (t) => {
    const browser = await signedIn();
    for (const [rows, limit] of [
      ['', '50'],
      ['100', '100'],
      ['9999', '200'],
      ['1', '50'],
      ['1e3', '50'],
      ['-5', '50'],
      ['100&rows=7', '100'],
    ]) {
      await browser.get(`/operations?rows=${rows}`);
      t.is(
        frontend.bank.requests.findLast(({ path }) => path === '/api/operations')?.query.get('limit'),
        limit,
        rows,
      );
    }
  },
);
