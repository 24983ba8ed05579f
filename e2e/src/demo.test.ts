import { readFile } from 'node:fs/promises';
import { eventually } from '@guichet/testing';
import { type RunningBank, startBank } from '@guichet/tools';
import test from 'ava';
import { everyBarHasItsEntries } from './log-dashboard.ts';
import { mailTo } from './mailbox.ts';
import { Person } from './person.ts';

// The first `npm start`, with a second bank that starts at the same time.

let bank: RunningBank;
let neighbour: RunningBank;

test.before(async () => {
  [bank, neighbour] = await Promise.all([startBank({ demo: true }), startBank()]);
});
test.after.always(() => Promise.all([bank?.stop(), neighbour?.stop()]));

// Serial, so that it runs before the other tests, which add entries; and here, because it needs a bank with a past.
test.serial(
  'the number of every bar of every chart of the log is the number of entries behind it',
  async (t) => {
    t.timeout(900_000);
    await everyBarHasItsEntries(t, bank);
  },
);

test('the demo has its users, and operations in three calendar months', async (t) => {
  t.true(bank.logins.agents.length >= 2);
  t.true(bank.logins.members.length >= 4);
  const [login] = bank.logins.agents;
  const agent = new Person(bank.url, login?.username ?? '', login?.password ?? '');
  t.is((await agent.logIn()).status, 200);
  const months = new Set<string>();
  let path = '/api/operations?status=posted&limit=200';
  while (path !== '') {
    const page = await agent.get(path);
    t.is(page.status, 200, page.text);
    const { items, next } = page.body as { items: { decided_at: string }[]; next: string | null };
    for (const { decided_at } of items) months.add(decided_at.slice(0, 7));
    path = next === null ? '' : `/api/operations?status=posted&limit=200&cursor=${next}`;
  }
  t.true(months.size >= 3, [...months].join(' '));
});

test('the demo has savings that earn interest', async (t) => {
  const [login] = bank.logins.agents;
  const agent = new Person(bank.url, login?.username ?? '', login?.password ?? '');
  await agent.logIn();
  const earns = async () => {
    const { items } = (await agent.get('/api/accounts?limit=200')).body as {
      items: { type: string; balance: number; accrued_interest: number }[];
    };
    const savings = items.filter(({ type, balance }) => type === 'savings' && balance > 0);
    return savings.some((one) => one.accrued_interest > 0);
  };
  await t.notThrowsAsync(eventually(earns, 60_000));
  const { items } = (await agent.get('/api/operations?type=interest&status=posted')).body as {
    items: unknown[];
  };
  t.true(items.length > 0, 'the interest of a month was paid');
});

test('no service that reads from auth runs while auth is restarted with another clock', async (t) => {
  const running = new Set<string>();
  let starts = 0;
  for (const line of (await readFile(bank.logFile, 'utf8')).split('\n')) {
    const [, name = '', what] = /^\S+ (\w+) +(started|stopping|stopped)\b/.exec(line) ?? [];
    const readers = ['accounts', 'logging'].filter((reader) => running.has(reader));
    if (what === 'started') {
      running.add(name);
      if (name === 'auth') starts += 1;
      if (name === 'auth') t.deepEqual(readers, [], 'auth starts first');
    } else if (what === 'stopped') running.delete(name);
    else if (what === 'stopping' && name === 'auth') t.deepEqual(readers, [], 'auth stops last');
  }
  t.true(starts > 3, 'the clock was moved for each chapter');
});

test('once the bank is ready, the clock of every process is in the present', async (t) => {
  for (const name of bank.names) {
    const environment = (await readFile(`/proc/${bank.pid(name)}/environ`, 'utf8')).split('\0');
    const moved = environment.filter((line) => /^CLOCK_OFFSET_SECONDS=(?!0$)/.test(line));
    t.deepEqual(moved, [], name);
  }
  const before = Date.now();
  const newcomer = {
    username: 'newcomer',
    email: 'newcomer@guichet.example',
    password: 'Nine purple lanterns',
  };
  const made = await new Person(bank.url, newcomer.username, newcomer.password).post(
    '/api/auth/register',
    newcomer,
  );
  t.is(made.status, 201, made.text);
  t.true(Math.abs(Date.parse((made.body as { created_at: string }).created_at) - before) < 60_000);
  const mails = await eventually(async () => {
    const found = await mailTo(bank.mailUrl, newcomer.email);
    return found.length > 0 ? found : null;
  });
  for (const { date } of mails) t.true(Math.abs(Date.parse(date) - before) < 60_000, date);
});

test('every mail of the demo was sent, also those of its first months', async (t) => {
  const metrics = await (await fetch(`${bank.adminUrl('mailer')}/metrics`)).text();
  t.regex(metrics, /^guichet_mail_dead_letters(?:\{[^}]*\})? 0$/m);
});

test('log entries of the demo have past times, and new entries the present', async (t) => {
  const superuser = new Person(bank.url, bank.logins.superuser.username, bank.logins.superuser.password);
  t.is((await superuser.logIn()).status, 200);
  await eventually(async () => {
    const { items } = (await superuser.get('/api/logs?limit=1')).body as { items: { time: string }[] };
    return Date.now() - Date.parse(items[0]?.time ?? '') < 60_000;
  });
  const stats = await superuser.get('/api/logs/stats?bucket=day');
  const days = (stats.body as { series: { start: string }[] }).series;
  t.true(Date.now() - Date.parse(days[0]?.start ?? '') > 60 * 24 * 3_600_000, days[0]?.start);
});

test('a second bank that started at the same time is ready too', async (t) => {
  t.is((await fetch(`${neighbour.url}/readyz`)).status, 200);
  t.not(neighbour.url, bank.url);
});
