import { eventually } from '@guichet/testing';
import { launchChromium } from '@guichet/testing/chromium';
import { type RunningBank, startBank } from '@guichet/tools';
import test from 'ava';
import type { Browser, Page } from 'playwright-core';
import { Authenticator } from './authenticator.ts';
import { overflows, signIn, type Visitor, visit } from './browser.ts';
import { Person } from './person.ts';

// A day at the bank in three browsers: a member's, an agent's, the administrator's.
let bank: RunningBank;
let browser: Browser;
let member: Visitor;
let agent: Visitor;
let administrator: Visitor;
const ALICE = { username: 'alice', password: 'Ten purple umbrellas' };
const AGENT = { username: 'claire', password: 'Counter and window 1' };

test.before(async () => {
  bank = await startBank({ environment: { STEP_UP_ABOVE: '20000' } });
  browser = await launchChromium();
  [member, agent, administrator] = await Promise.all([
    visit(browser, bank.url),
    visit(browser, bank.url),
    visit(browser, bank.url),
  ]);
});
test.after.always(async () => {
  await browser?.close();
  await bank?.stop();
});

test.serial('the administrator creates an agent', async (t) => {
  const { page } = administrator;
  await signIn(administrator, bank.logins.superuser);
  await page.goto('/agents/new');
  await page.fill('input[name=username]', AGENT.username);
  await page.fill('input[name=email]', 'claire@guichet.example');
  await page.fill('input[name=password]', AGENT.password);
  await page.selectOption('select[name=language]', 'en');
  await page.locator('main button[type=submit]').click();
  await page.waitForURL(/\/agents/);
  await page.goto('/agents');
  t.regex(await page.locator('main').innerText(), /claire/);
});

test.serial('a user registers, and cannot sign in before an agent has activated them', async (t) => {
  const { page } = member;
  await page.goto('/register');
  await page.fill('input[name=first_name]', 'Alice');
  await page.fill('input[name=last_name]', 'Martin');
  await page.fill('input[name=username]', ALICE.username);
  await page.fill('input[name=email]', 'alice@example.org');
  await page.fill('input[name=password]', 'password');
  await page.fill('input[name=password_again]', 'password');
  await page.locator('main button[type=submit]').click();
  await page.locator('.field-error, [role=alert]').first().waitFor();
  t.is(await page.inputValue('input[name=username]'), ALICE.username, 'the form keeps the input');
  await page.fill('input[name=password]', ALICE.password);
  await page.fill('input[name=password_again]', ALICE.password);
  await page.locator('main button[type=submit]').click();
  await page.locator('input[name=password_again]').waitFor({ state: 'detached' });
  t.regex(await page.locator('body').innerText(), /Alice/);

  await page.goto('/login');
  await page.fill('input[name=username]', ALICE.username);
  await page.fill('input[name=password]', ALICE.password);
  await page.locator('main button[type=submit]').click();
  await page.locator('main [role=alert]').first().waitFor();
  t.is(new URL(page.url()).pathname, '/login');
});

test.serial('an agent activates the user', async (t) => {
  const { page } = agent;
  await signIn(agent, AGENT);
  await page.goto('/customers?status=pending');
  await page.getByRole('link', { name: /alice/i }).first().click();
  await page.getByRole('link', { name: 'Activate' }).click();
  await page.locator('main button[type=submit]').first().click();
  await page.waitForLoadState();
  await page.goto('/customers');
  t.regex(await page.locator('main').innerText(), /alice[\s\S]*Active/i);
});

test.serial(
  'the member opens an account and makes a deposit, and the agent decides both in the inbox',
  async (t) => {
    await signIn(member, ALICE);
    await member.page.goto('/accounts/new');
    await member.page.check('input[name=type][value=current]');
    await member.page.fill('input[name=name]', 'Everyday');
    await member.page.locator('main button[type=submit]').click();
    await member.page.waitForURL((url) => url.pathname !== '/accounts/new');
    await decideAll('approve');

    await member.page.goto('/deposits/new');
    await chooseAccount(member.page, 'account_id');
    await member.page.fill('input[name=amount]', '1,250.5');
    await member.page.locator('main button[type=submit]').click();
    await member.page.waitForURL((url) => url.pathname !== '/deposits/new');
    await decideAll('approve');
    await member.page.goto('/dashboard');
    t.regex(await member.page.locator('main').innerText(), /1,250\.50/);
  },
);

/** Selects the member's only account. */
async function chooseAccount(page: Page, name: string): Promise<void> {
  const options = page.locator(`select[name=${name}] option[value]:not([value=""])`);
  await page.selectOption(`select[name=${name}]`, (await options.first().getAttribute('value')) ?? '');
}

/** Selects everything in the inbox and decides it. */
async function decideAll(decision: 'approve' | 'reject'): Promise<void> {
  const { page } = agent;
  await page.goto('/inbox');
  await page.locator('[data-select-all]').check();
  await page.locator(`button[name=decision][value=${decision}]`).click();
  await page.waitForURL(/\/inbox\/confirm/);
  if (decision === 'reject') await page.fill('input[name=reason]', 'Not today');
  await page.locator('main form button[type=submit]').click();
  await page.waitForURL(/\/inbox\/outcomes/);
}

test.serial('the page of a transfer shows its hold, decision, posting and log entries', async (t) => {
  const { page } = member;
  await page.goto('/transfers/new');
  await page.check('input[name=kind][value=external]');
  await chooseAccount(page, 'from_account_id');
  await page.fill('input[name=payee_name]', 'Energie du Rhone');
  await page.fill('input[name=payee_number]', 'DE89 3704 0044 0532 0130 00');
  await page.fill('input[name=amount]', '86.40');
  await page.fill('input[name=reference]', 'Electricity');
  await page.locator('main form button[type=submit]').first().click();
  await page.locator('form[action="/transfers/review"] button[type=submit]').first().click();
  await page.waitForURL(/\/operations\//);
  const story = page.url();
  t.regex(await page.locator('main').innerText(), /86\.40/);
  t.is(
    await page.getByRole('button', { name: 'Approve' }).count(),
    0,
    'members cannot decide their own requests',
  );

  await decideAll('approve');
  await eventually(async () => {
    await page.goto(story);
    const log = await page.locator('section[aria-labelledby=log] li').allInnerTexts();
    return log.length >= 2 && log.every((line) => /transfer of €86\.40/.test(line));
  }, 30_000);
  await page.goto('/dashboard');
  t.regex(await page.locator('main').innerText(), /1,164\.10/);
});

test.serial('a rejected withdrawal releases its hold, and the reason is shown', async (t) => {
  const { page } = member;
  await page.goto('/withdrawals/new');
  await chooseAccount(page, 'account_id');
  await page.fill('input[name=amount]', '5000');
  await page.locator('main button[type=submit]').click();
  await page.locator('.field-error').first().waitFor();
  t.regex(await page.locator('main').innerText(), /Insufficient funds/);
  await page.fill('input[name=amount]', '50');
  await page.locator('main button[type=submit]').click();
  await page.waitForURL((url) => url.pathname !== '/withdrawals/new');
  await decideAll('reject');
  await page.goto('/operations');
  await page
    .getByRole('link', { name: /withdrawal/i })
    .first()
    .click();
  t.regex(await page.locator('main').innerText(), /Not today/);
});

test.serial('the agent reads the log, opens the events of a bar, and reconciles the ledger', async (t) => {
  const { page } = agent;
  await eventually(async () => {
    await page.goto('/logs?type_action=VIREMENT');
    return /TRANSFER|Transfer posted/.test(await page.locator('main').innerText());
  });
  await page.goto('/logs/dashboard');
  await page.locator('canvas').first().waitFor();
  t.true((await page.locator('main table').count()) > 0, 'the charts are available as tables');
  await page.goto('/reconciliation');
  const checks = await page.locator('main').innerText();
  t.regex(checks, /every reversal mirrors its transfer/i);
  t.notRegex(checks, /failed/i);
  t.notRegex(checks, /[a-z]_[a-z]/, 'every check has a text instead of its code');
});

test.serial('switching to French takes one click and is remembered', async (t) => {
  const { page } = member;
  await page.goto('/dashboard');
  await page.getByRole('button', { name: 'Français' }).click();
  await page.waitForLoadState();
  t.is(await page.getAttribute('html', 'lang'), 'fr');
  await page.goto('/operations');
  t.is(await page.getAttribute('html', 'lang'), 'fr');
  await page.goto('/dashboard');
  await page.getByRole('button', { name: 'English' }).click();
});

test.serial('no page is wider than a phone, and none reports an error in the console', async (t) => {
  const phone = await visit(browser, bank.url, { width: 360, scheme: 'dark' });
  await signIn(phone, ALICE);
  for (const path of [
    '/dashboard',
    '/accounts',
    '/accounts/new',
    '/transfers/new',
    '/deposits/new',
    '/operations',
    '/standing-orders',
    '/beneficiaries',
    '/logs',
    '/profile',
    '/security',
  ]) {
    const reply = await phone.page.goto(path);
    t.is(reply?.status(), 200, path);
    t.false(await overflows(phone), `${path} is too wide`);
  }
  const agentPhone = await visit(browser, bank.url, { width: 360 });
  await signIn(agentPhone, AGENT);
  for (const path of [
    '/inbox',
    '/customers',
    '/operations',
    '/accounts',
    '/logs',
    '/logs/dashboard',
    '/reconciliation',
  ]) {
    const reply = await agentPhone.page.goto(path);
    t.is(reply?.status(), 200, path);
    t.false(await overflows(agentPhone), `${path} is too wide`);
  }
  t.deepEqual(
    [
      ...phone.consoleErrors,
      ...agentPhone.consoleErrors,
      ...member.consoleErrors,
      ...agent.consoleErrors,
      ...administrator.consoleErrors,
    ],
    [],
  );
});

test.serial('long names make no page wider than a small phone', async (t) => {
  const long = 'Wolfeschlegelsteinhausenbergerdorff'.repeat(2);
  const name = { username: 'x'.repeat(32), password: 'Nine yellow parachutes' };
  const [claire, owner] = [AGENT, name].map(
    ({ username, password }) => new Person(bank.url, username, password),
  ) as [Person, Person];
  const registered = await owner.post('/api/auth/register', {
    ...name,
    email: 'long@example.org',
    first_name: long,
    last_name: long,
  });
  await claire.logIn();
  await claire.post(`/api/auth/users/${registered.body.id}/activate`);
  await owner.logIn();
  const opening = await eventually(async () => {
    const reply = await owner.post('/api/accounts', { name: long.slice(0, 60), type: 'current' });
    return reply.status === 201 ? reply.body : null;
  });
  await claire.post(`/api/operations/${opening.id}/approve`);
  for (const width of [360, 320]) {
    const phone = await visit(browser, bank.url, { width });
    await signIn(phone, name);
    const account = `/accounts/${opening.account_id}`;
    for (const path of [
      '/dashboard',
      '/accounts',
      account,
      `${account}/rib`,
      '/operations',
      '/profile',
      '/logs',
    ]) {
      t.is((await phone.page.goto(path))?.status(), 200, path);
      t.false(await overflows(phone), `${path} is too wide at ${width}`);
    }
    const agentPhone = await visit(browser, bank.url, { width });
    await signIn(agentPhone, AGENT);
    for (const path of ['/accounts', '/customers', '/inbox', '/logs', '/logs/dashboard', '/reconciliation']) {
      await agentPhone.page.goto(path);
      t.false(await overflows(agentPhone), `${path} is too wide at ${width}`);
    }
  }
});

test.serial('a member can pay without JavaScript', async (t) => {
  const plain = await visit(browser, bank.url, { javaScriptEnabled: false });
  await signIn(plain, ALICE);
  await plain.page.goto('/deposits/new');
  await chooseAccount(plain.page, 'account_id');
  await plain.page.fill('input[name=amount]', '12');
  await plain.page.locator('main button[type=submit]').click();
  await plain.page.waitForURL(/\/operations/);
  t.regex(await plain.page.locator('main').innerText(), /12\.00/);
});

test.serial(
  'payments above the step-up limit need a code of the authenticator, and so does their daily sum',
  async (t) => {
    const { page } = member;
    const submit = () => page.locator('main form button[type=submit]').first().click();
    await page.goto('/security');
    const start = page.locator('form[action="/security/totp"]');
    const password = start.locator('input[name=password]');
    if ((await password.count()) > 0) await password.fill(ALICE.password);
    await start.locator('button').click();
    const app = new Authenticator((await page.locator('[data-copy]').getAttribute('data-copy')) ?? '');
    await page.fill('input[name=code]', await app.nextCode());
    await submit();
    await page.locator('input[name=code]').waitFor({ state: 'detached' });

    const fillTransfer = async (amount: string) => {
      await page.goto('/transfers/new');
      await page.check('input[name=kind][value=external]');
      await chooseAccount(page, 'from_account_id');
      await page.fill('input[name=payee_name]', 'Energie du Rhone');
      await page.fill('input[name=payee_number]', 'DE89 3704 0044 0532 0130 00');
      await page.fill('input[name=amount]', amount);
      await submit();
      await page.locator('form[action="/transfers/review"] button[type=submit]').first().click();
    };
    // 136.40 was requested today already (rejected requests count too), so 50 more are within the limit of 200.
    await fillTransfer('50');
    await page.waitForURL(/\/operations\//);

    await page.goto('/withdrawals/new');
    await chooseAccount(page, 'account_id');
    await page.fill('input[name=amount]', '70');
    t.is(await page.locator('input[name=totp]').count(), 0);
    await submit();
    await page.locator('input[name=totp]').waitFor();
    const key = await page.locator('input[name=idempotency_key]').inputValue();
    t.is(await page.inputValue('input[name=amount]'), '70');
    await page.fill('input[name=totp]', '000 000');
    await submit();
    await page.locator('#f-totp-error').waitFor();
    t.is(await page.locator('input[name=idempotency_key]').inputValue(), key);
    const code = await app.nextCode();
    await page.fill('input[name=totp]', `${code.slice(0, 3)} ${code.slice(3)}`);
    await submit();
    await page.waitForURL(/\/operations\//);

    await fillTransfer('250');
    await page.locator('input[name=totp]').waitFor();
    t.regex(await page.locator('main').innerText(), /250\.00/, 'the review is still there');
    await page.fill('input[name=totp]', await app.nextCode());
    await page.locator('form[action="/transfers/review"] button[type=submit]').first().click();
    await page.waitForURL(/\/operations\//);

    const claire = new Person(bank.url, AGENT.username, AGENT.password);
    await claire.logIn();
    const { body } = await claire.get('/api/operations?requester=alice&status=pending');
    const requested = body.items.filter(({ type }: { type: string }) => type !== 'deposit');
    t.deepEqual(requested.map(({ amount }: { amount: number }) => amount).sort(), [25_000, 5_000, 7_000]);
  },
);

test.serial('a member cannot open an agent’s page, and signing out ends the session', async (t) => {
  const { page } = member;
  for (const path of ['/inbox', '/customers', '/reconciliation', '/agents']) {
    t.true([403, 404].includes((await page.goto(path))?.status() ?? 0), path);
  }
  await page.goto('/dashboard');
  await page.getByRole('button', { name: 'Sign out' }).first().click();
  await page.waitForLoadState();
  await page.goto('/dashboard');
  t.is(new URL(page.url()).pathname, '/login');
  const api = new Person(bank.url, '', '');
  t.is((await api.get('/api/accounts')).status, 401);
});
