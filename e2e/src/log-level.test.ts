import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { SERVICES, type ServiceName } from '@guichet/contract';
import { eventually } from '@guichet/testing';
import { PROJECT, type RunningBank, startBank } from '@guichet/tools';
import test from 'ava';
import { openFirstAccount } from './first-account.ts';
import { mailTo } from './mailbox.ts';
import { Person } from './person.ts';

// The level of each service's log, changed while the bank runs.

const run = promisify(execFile);
let bank: RunningBank;
test.before(async () => {
  bank = await startBank();
});
test.after.always(() => bank?.stop());

const admin = (...args: string[]) =>
  run('npm', ['run', '--silent', 'admin', '--', ...args], {
    cwd: PROJECT,
    env: { ...process.env, GUICHET_DATA: bank.folder },
  });

async function levelAt(adminUrl: string): Promise<string> {
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
  const level = /guichet_log_level\{level="(\w+)".*\} 1\b/.exec(metrics)?.[1];
  const isChanged = /guichet_log_level_chosen_by_operator\{.*\} 1\b/.test(metrics);
  return `${level} ${isChanged ? 'operator' : 'settings'}`;
}

const isAt = (adminUrl: string, level: string) =>
  eventually(async () => (await levelAt(adminUrl).catch(() => '')) === level, 30_000);

test.serial(
  'every replica of a service takes the level within seconds, keeps it over a restart, and returns by itself',
  async (t) => {
    const replica = await bank.addReplica('mailer');
    const both = [bank.adminUrl('mailer'), `http://127.0.0.1:${replica.adminPort}`];
    t.regex(
      (await admin('log-level', 'mailer', 'debug', '--for', '25s')).stdout,
      /debug within seconds, until/,
    );
    await Promise.all(both.map((url) => isAt(url, 'debug operator')));
    t.is(await levelAt(bank.adminUrl('auth')), 'info settings');
    bank.kill('mailer');
    await eventually(async () => (await levelAt(bank.adminUrl('mailer')).catch(() => '')) === '');
    await isAt(bank.adminUrl('mailer'), 'debug operator');
    await Promise.all(both.map((url) => isAt(url, 'info settings')));

    const root = new Person(bank.url, bank.logins.superuser.username, bank.logins.superuser.password);
    await root.logIn();
    const [entry] = await eventually(async () => {
      const { body } = await root.get('/api/logs?type_action=ADMIN_COMMAND');
      return body.items.length > 0 ? body.items : null;
    });
    t.like(entry, { level: 'WARNING', data: { command: 'log-level mailer debug', log_level: 'debug' } });
    t.is(typeof entry.data.operator, 'string');
    await eventually(async () => {
      const { body } = await root.get('/api/logs?type_action=SERVICE_WARNING&service=mailer');
      return body.items.some(({ message }: { message: string }) => message === 'log level changed');
    });
  },
);

test.serial(
  'every service has details at trace, and none has a password, a token, a link, a name or an address',
  async (t) => {
    for (const service of SERVICES) await admin('log-level', service, 'trace', '--for', '10m');
    await Promise.all(SERVICES.map((service: ServiceName) => isAt(bank.adminUrl(service), 'trace operator')));
    const { agent, member, accountId } = await openFirstAccount(bank);
    const secrets: string[] = [
      agent.password,
      member.password,
      'Marguerite',
      'Delacourt',
      'member@example.org',
      'Uncle Bertrand',
    ];
    await member.patch('/api/auth/profile', { first_name: 'Marguerite', last_name: 'Delacourt' });
    await member.post('/api/operations', { type: 'deposit', account_id: accountId, amount: 5_000 });
    await member.post('/api/beneficiaries', { name: 'Uncle Bertrand', iban: 'FR7630006000011234567890189' });
    await member.post('/api/auth/password/forgot', { email: 'member@example.org' });
    await agent.get('/api/auth/users?q=Delacourt');
    await agent.get('/api/logs?q=Marguerite');
    await member.post('/api/auth/login', { username: 'member', password: 'A wrong passphrase 7' });
    await member.post('/api/auth/password/reset', {
      old_password: 'A wrong passphrase 7',
      new_password: 'short',
    });
    secrets.push('A wrong passphrase 7');
    const created = await member.post('/api/auth/tokens', {
      name: 'ci',
      scopes: ['accounts:read'],
      expires_in_days: 1,
      password: member.password,
    });
    t.is(created.status, 201);
    secrets.push(created.body.token);
    const mail = await eventually(
      async () =>
        (await mailTo(bank.mailUrl, 'member@example.org')).find(({ text }) => text.includes('token=')),
      30_000,
    );
    const link = /https?:\S+token=(\S+)/.exec(mail?.text ?? '') ?? [];
    await fetch(link[0] ?? '').catch(() => null);
    secrets.push(link[1] ?? 'no link');
    await member.post('/api/auth/logout');
    for (const person of [agent, member])
      if (person.tokens !== null) secrets.push(...Object.values(person.tokens));

    const log = await eventually(async () => {
      const text = await readFile(bank.logFile, 'utf8');
      return SERVICES.every((service) =>
        new RegExp(`^.*${service}.*(request|batch handled|outbox published)`, 'm').test(text),
      )
        ? text
        : null;
    });
    for (const secret of secrets) {
      const found = log.split('\n').filter((line) => line.includes(secret));
      t.deepEqual(found, [], secret);
    }
  },
);
