import { eventually } from '@guichet/testing';
import { launchChromium } from '@guichet/testing/chromium';
import { type RunningBank, startBank } from '@guichet/tools';
import test from 'ava';
import type { Browser, Page } from 'playwright-core';
import { signIn, type Visitor, visit } from './browser.ts';
import { Person } from './person.ts';

// Open pages are notified, in Chromium, while others work through the API.
let bank: RunningBank;
let browser: Browser;
let root: Person;
let agent: Person;
let alice: Person;
let bob: Person;
let accountOf: Map<Person, { id: string; iban: string }>;

test.before(async () => {
  bank = await startBank();
  browser = await launchChromium();
  const { superuser } = bank.logins;
  root = new Person(bank.url, superuser.username, superuser.password);
  agent = new Person(bank.url, 'agent', 'Counter and window 1');
  [alice, bob] = ['alice', 'bob'].map((name) => new Person(bank.url, name, 'Seven green bottles')) as [
    Person,
    Person,
  ];
  await root.logIn();
  const { username, password } = agent;
  await root.post('/api/auth/agents', { username, password, email: 'agent@guichet.example' });
  await agent.logIn();
  accountOf = new Map();
  for (const member of [alice, bob]) {
    const { username, password } = member;
    const email = `${username}@example.org`;
    const { body } = await member.post('/api/auth/register', {
      username,
      password,
      email,
      first_name: username,
      last_name: 'Martin',
    });
    await agent.post(`/api/auth/users/${body.id}/activate`, {
      name: { first_name: username, last_name: 'Martin' },
    });
    await member.logIn();
    const requested = await eventually(async () => {
      const reply = await member.post('/api/accounts', { name: 'Everyday', type: 'current' });
      return reply.status === 201 ? reply : null;
    });
    await approve(requested.body.id);
    const { body: account } = await member.get(`/api/accounts/${requested.body.account_id}`);
    accountOf.set(member, account);
    await approve(await deposit(member, 100_000));
  }
});
test.after.always(async () => {
  await browser?.close();
  await bank?.stop();
});

async function deposit(member: Person, amount: number): Promise<string> {
  const reply = await member.post('/api/operations', {
    type: 'deposit',
    account_id: accountOf.get(member)?.id,
    amount,
  });
  return reply.body.id;
}

async function approve(id: string): Promise<void> {
  await eventually(async () => (await agent.post(`/api/operations/${id}/approve`)).status === 200);
}

/** A page that is signed in and connected: the server has sent it the end of the log. */
async function openPage(who: Person, path: string): Promise<Visitor> {
  const visitor = await visit(browser, bank.url);
  await signIn(visitor, who);
  await visitor.page.goto(path);
  await connected(visitor.page);
  return visitor;
}

// Playwright's waitForFunction evaluates text in the page, which its content security policy forbids.
const connected = (page: Page) =>
  eventually(() =>
    page.evaluate<boolean>(
      "Object.keys(localStorage).some((name) => JSON.parse(localStorage.getItem(name) ?? '{}').after > '')",
    ),
  );

const toast = (page: Page, text: string | RegExp) =>
  page.locator('[data-toasts] .toast').filter({ hasText: text });

test.serial('a decision of an agent appears at the member without a reload, and is announced', async (t) => {
  const id = await deposit(alice, 4_200);
  const { page, consoleErrors } = await openPage(alice, `/operations/${id}`);
  t.regex(await page.locator('main').innerText(), /Pending/);
  await page.evaluate('window.sameDocument = true');
  await approve(id);
  await toast(page, 'Deposit, €42.00: approved').waitFor();
  t.is(await page.locator('[data-toasts]').getAttribute('role'), 'status');
  await page.locator('main').getByText('Posted').first().waitFor();
  t.is(await page.evaluate('window.sameDocument'), true, 'the page was not loaded again');
  t.is(await page.locator('[data-bell-count]:visible').innerText(), '1');
  await page.locator('[data-bell]:visible').click();
  await page.locator('main').getByText('Deposit, €42.00: approved').waitFor();
  t.is(await page.locator('[data-bell-count]:visible').innerText(), '1');
  await page.getByRole('button', { name: 'Mark as read' }).click();
  await page.getByText('Nothing new').waitFor();
  t.is(await page.locator('[data-bell-count]:visible').count(), 0);
  t.deepEqual(consoleErrors, []);
  await page.context().close();
});

test.serial(
  'money received appears on the dashboard, in both open tabs through one connection',
  async (t) => {
    const visitor = await openPage(bob, '/dashboard');
    const first = visitor.page;
    const second = await first.context().newPage();
    const streams: string[] = [];
    for (const page of [first, second])
      page.on('request', (request) => {
        if (new URL(request.url()).pathname === '/live') streams.push(request.url());
      });
    await second.goto('/accounts');
    const { body } = await alice.post('/api/operations', {
      type: 'external_transfer',
      from_account_id: accountOf.get(alice)?.id,
      to: { name: 'bob Martin', iban: accountOf.get(bob)?.iban },
      amount: 12_345,
    });
    await approve(body.id);
    await toast(second, 'You received €123.45').waitFor();
    await first.locator('main').getByText('€1,123.45').first().waitFor();
    t.deepEqual(streams, []);
    await first.close();
    // The other tab takes over.
    await eventually(() => streams.length === 1);
    await approve(await deposit(bob, 1_000));
    await toast(second, 'Deposit, €10.00: approved').waitFor();
    t.is(streams.length, 1);
    await second.context().close();
  },
);

test.serial('an agent is notified of new requests, and the count follows', async (t) => {
  const { page } = await openPage(agent, '/customers');
  const id = await deposit(alice, 7_700);
  await toast(page, '1 new request').waitFor();
  const count = page.locator('nav a[href="/inbox"] .count:visible');
  await count.waitFor();
  t.is(await count.innerText(), '1');
  await approve(id);
  await count.waitFor({ state: 'hidden' });
  t.is(await count.count(), 0);
  await page.context().close();
});

test.serial('a decision made while the frontend restarts is not lost', async (t) => {
  const id = await deposit(alice, 1_300);
  const { page } = await openPage(alice, '/accounts');
  await bank.halt('frontend');
  bank.start('frontend');
  await approve(id);
  await toast(page, 'Deposit, €13.00: approved').waitFor({ timeout: 60_000 });
  t.is(await page.locator('[data-bell-count]:visible').innerText(), '1');
  await page.context().close();
});

test.serial('signing out ends the stream of every tab, and what it stored', async (t) => {
  const { page } = await openPage(alice, '/accounts');
  const other = await page.context().newPage();
  await other.goto('/profile');
  await page.locator('form[action="/logout"] button:visible').first().click();
  await page.waitForURL((url) => url.pathname === '/');
  await toast(other, 'You’ve been signed out').waitFor();
  t.is(await page.evaluate('localStorage.length'), 0);
  await page.context().close();
});

test.serial('no page breaks the content security policy or its Trusted Types', async (t) => {
  const pages: [Person, string[]][] = [
    [
      alice,
      [
        '/dashboard',
        '/accounts',
        `/accounts/${accountOf.get(alice)?.id}`,
        '/transfers/new',
        '/deposits/new',
        '/withdrawals/new',
        '/operations',
        '/beneficiaries',
        '/logs',
        '/profile',
        '/security',
        '/developers',
      ],
    ],
    [
      agent,
      [
        '/inbox',
        '/customers',
        `/customers/${alice.id}`,
        '/accounts',
        '/operations',
        '/logs',
        '/logs/dashboard',
        '/reconciliation',
      ],
    ],
    [root, ['/agents', '/agents/new', '/customers', '/logs', '/logs/dashboard', '/reconciliation']],
  ];
  for (const [who, paths] of pages) {
    const { page, consoleErrors } = await visit(browser, bank.url);
    await signIn({ page, consoleErrors }, who);
    for (const path of paths) {
      const answer = await page.goto(path, { waitUntil: 'load' });
      t.is(answer?.status(), 200, path);
      t.deepEqual(consoleErrors, [], path);
    }
    await page.goto('/logs/dashboard');
    const refused = await page.evaluate(`(() => {
      try {
        document.createElement('div').innerHTML = '<img>';
        return false;
      } catch {
        return true;
      }
    })()`);
    t.is(refused, true, 'text does not become HTML');
    await page.context().close();
  }
});
