import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SERVICES, type ServiceName } from '@guichet/contract';
import { eventually } from '@guichet/testing';
import { launchChromium } from '@guichet/testing/chromium';
import { PROJECT, type RunningBank, startBank } from '@guichet/tools';
import test, { type ExecutionContext } from 'ava';
import { connect } from 'nats';
import type { Browser } from 'playwright-core';
import { signIn, type Visitor, visit } from './browser.ts';
import { openFirstAccount } from './first-account.ts';
import type { Person } from './person.ts';

// The commands of docs/operations/rotate-every-secret.md for a local bank, in its order, on a bank that goes on working.
const run = promisify(execFile);

let folder: string;
let bank: RunningBank;
let browser: Browser;
let agent: Person;
let member: Person;
let visitor: Visitor;
let accountId: string;
/** The settings of each service before any rotation. */
let old: Record<ServiceName, Record<string, string>>;
/** The cookies of the member's browser from before. */
let oldCookies: string;

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guichet-rotation-'));
  bank = await startBank({ folder });
  old = settingsOfAll();
  browser = await launchChromium();
  ({ agent, member, accountId } = await openFirstAccount(bank));
  visitor = await visit(browser, bank.url);
  await signIn(visitor, member);
  oldCookies = await sessionCookies();
});
test.after.always(async () => {
  await browser?.close();
  await bank?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

function settingsOfAll(): Record<ServiceName, Record<string, string>> {
  return Object.fromEntries(SERVICES.map((service) => [service, bank.environmentOf(service)])) as typeof old;
}

/** Runs a command of the project on this bank. @returns what it printed; an exit code other than 0 is an error */
async function npm(script: string, args: readonly string[] = [], environment: Record<string, string> = {}) {
  const { stdout } = await run('npm', ['run', '--silent', script, '--', ...args], {
    cwd: PROJECT,
    env: { ...process.env, GUICHET_DATA: folder, ...environment },
  });
  return stdout;
}

/** Starts the stopped bank at the address that it had. */
async function startAgain(): Promise<void> {
  const { PORT = '' } = old.frontend;
  bank = await startBank({ folder, environment: { PORT } });
}

/** The cookies of the member's browser, as it sends them: the session, and when they last did something in it. */
async function sessionCookies(): Promise<string> {
  const cookies = await visitor.page.context().cookies(`${bank.url}/dashboard`);
  return cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
}

/** Whether the pages know the user of these cookies. */
async function isSignedIn(cookie: string): Promise<boolean> {
  return (await fetch(`${bank.url}/dashboard`, { headers: { cookie }, redirect: 'manual' })).status === 200;
}

/** A deposit that is in the account and, read by the log service, in the log. */
async function moneyMoves(t: ExecutionContext): Promise<void> {
  const balance = async () => (await member.get(`/api/accounts/${accountId}`)).body.balance as number;
  const before = await eventually(balance);
  const requested = await member.post('/api/operations', {
    type: 'deposit',
    account_id: accountId,
    amount: 100,
  });
  t.is(requested.status, 201, requested.text);
  const decided = await agent.post(`/api/operations/${requested.body.id}/approve`);
  t.is(decided.body?.status, 'posted', decided.text);
  t.is(await balance(), before + 100);
  await eventually(async () => {
    const { body } = await agent.get(`/api/logs?operation=${requested.body.id}&service=accounts`);
    return body.items.length === 2;
  }, 30_000);
}

/** Reconciles the ledger with these settings of accounts; an error if the database refuses them. */
function reconcileWith(settings: Record<string, string>) {
  const command = join(PROJECT, 'services', 'accounts', 'src', 'reconciliation', 'reconcile-command.ts');
  return run(process.execPath, [command], { env: { ...process.env, ...settings } });
}

/** Signs in to NATS with these settings of a service; an error if the server refuses them. */
async function connectWith({
  NATS_SERVERS,
  NATS_USER,
  NATS_PASSWORD,
  TLS_DIRECTORY = '',
}: Record<string, string>) {
  const connection = await connect({
    servers: NATS_SERVERS?.replace('127.0.0.1', 'localhost') ?? '',
    user: NATS_USER ?? '',
    pass: NATS_PASSWORD ?? '',
    tls: {
      caFile: join(TLS_DIRECTORY, 'ca.crt'),
      certFile: join(TLS_DIRECTORY, 'tls.crt'),
      keyFile: join(TLS_DIRECTORY, 'tls.key'),
    },
    reconnect: false,
  });
  await connection.close();
}

test.serial('the secrets of a running bank are not changed under it', async (t) => {
  const before = await readFile(join(folder, 'secrets.json'), 'utf8');
  await t.throwsAsync(npm('secrets', ['rotate', 'session']), { message: /Guichet is running/ });
  t.is(await readFile(join(folder, 'secrets.json'), 'utf8'), before);
  await t.notThrowsAsync(reconcileWith(old.accounts));
  await t.notThrowsAsync(connectWith(old.mailer));
  t.true(await isSignedIn(oldCookies));
});

test.serial(
  'after a restart with new secrets the member is still signed in, money moves, and the old passwords are refused',
  async (t) => {
    t.timeout(360_000);
    await bank.stop();
    for (const name of (await npm('secrets', ['list'])).trim().split('\n')) {
      if (name === 'superuser' || name === 'demo')
        await t.throwsAsync(npm('secrets', ['rotate', name]), { message: /security/ });
      else if (name === 'authority')
        await t.throwsAsync(npm('secrets', ['rotate', name]), { message: /add, promote and retire/ });
      else t.regex(await npm('secrets', ['rotate', name]), new RegExp(`^${name}: rotate done`));
    }
    await rm(join(folder, 'tls'), { recursive: true });
    await startAgain();
    const now = settingsOfAll();

    await moneyMoves(t);
    t.true(await isSignedIn(oldCookies), 'the old session secret still opens');
    await t.throwsAsync(
      reconcileWith({ ...now.accounts, DATABASE_PASSWORD: old.accounts.DATABASE_PASSWORD ?? '' }),
      {
        message: /refused|denied/i,
      },
    );
    await t.notThrowsAsync(reconcileWith(now.accounts));
    for (const service of SERVICES) {
      await t.throwsAsync(
        connectWith({ ...now[service], NATS_PASSWORD: old[service].NATS_PASSWORD ?? '' }),
        { message: /Authorization/i },
        service,
      );
      await t.notThrowsAsync(connectWith(now[service]));
      t.not(now[service].EVENT_SECRET_KEY, old[service].EVENT_SECRET_KEY);
    }
  },
);

test.serial('what the old keys sealed is sealed again, and then they open nothing', async (t) => {
  t.timeout(360_000);
  t.regex(await npm('keys', ['reseal']), /opens nothing: it can be removed/);
  t.regex(await npm('admin', ['republish-users']), /users are in the outbox/);
  // A form that is sent stores the session again, with the new secret.
  const { page } = visitor;
  await page.goto('/deposits/new');
  await page.selectOption('select[name=account_id]', accountId);
  await page.fill('input[name=amount]', '1');
  await page.locator('main button[type=submit]').click();
  await page.waitForURL((url) => url.pathname !== '/deposits/new');
  const newCookies = await sessionCookies();
  t.not(newCookies, oldCookies);
  await moneyMoves(t);

  await bank.stop();
  for (const name of ['session', 'key-encryption', 'event-keys']) await npm('secrets', ['retire', name]);
  await startAgain();
  const now = settingsOfAll();
  await moneyMoves(t);
  t.true(await isSignedIn(newCookies), 'the member is still signed in');
  t.false(await isSignedIn(oldCookies), 'the old session secret opens nothing');
  for (const service of SERVICES) t.false(now[service].EVENT_SECRET_KEY?.includes(','));

  const keys = (settings: Record<string, string>) => npm('keys', ['list'], { ...now.auth, ...settings });
  t.notRegex(await keys({}), /missing|still needed/);
  t.regex(
    await keys({ KEY_ENCRYPTION_KEY: old.auth.KEY_ENCRYPTION_KEY ?? '' }),
    /missing in KEY_ENCRYPTION_KEY/,
  );
  for (const service of ['accounts', 'logging'] as const) {
    const metrics = await (await fetch(`${bank.adminUrl(service)}/metrics`)).text();
    t.regex(metrics, /^guichet_dead_letters\{.*\} 0$/m);
    t.notRegex(metrics, /^guichet_dead_letters\{.*\} [1-9]/m, 'every message could be read');
  }
});

test.serial(
  'after a rotation of the signing keys, tokens stay valid until the old key is revoked',
  async (t) => {
    t.timeout(360_000);
    const signing = async () => /^ {2}(\S+) {2}signing/m.exec(await npm('keys', ['list']))?.[1] ?? '';
    const before = await signing();
    const statusOf = async () => (await member.get('/api/accounts')).status;
    // The next key must have been published for a tenth of this time.
    await eventually(() => npm('keys', ['rotate'], { SIGNING_KEY_DAYS: '0.01' }), 120_000);
    t.not(await signing(), before);
    t.is(await statusOf(), 200);
    await moneyMoves(t);

    await npm('keys', ['revoke', before]);
    await eventually(async () => (await statusOf()) === 401, 5_000);
    await visitor.page.goto('/dashboard');
    t.is(new URL(visitor.page.url()).pathname, '/dashboard', 'the pages renew the tokens of the session');
    await member.logIn();
    await agent.logIn();
    await moneyMoves(t);
  },
);
