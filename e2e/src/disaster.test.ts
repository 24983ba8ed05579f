import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { newKeyPair } from '@guichet/jobs/backup/seal';
import { eventually } from '@guichet/testing';
import { PROJECT, type RunningBank, startBank } from '@guichet/tools';
import test from 'ava';
import { Authenticator } from './authenticator.ts';
import { openFirstAccount } from './first-account.ts';
import { Person } from './person.ts';

// A bank is lost with everything in its folder, and built again from a dump and the sealed secrets alone.
const run = promisify(execFile);
const folder = await mkdtemp(join(tmpdir(), 'guichet-disaster-'));
const [lost, built, backups] = ['lost', 'built', 'backups'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
let bank: RunningBank | null = null;

test.after.always(async () => {
  await bank?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function npm(data: string, script: string, args: readonly string[] = []): Promise<string> {
  const { stdout } = await run('npm', ['run', '--silent', script, '--', ...args], {
    cwd: PROJECT,
    env: { ...process.env, GUICHET_DATA: data, PORT: '0', MAIL_UI_PORT: '0' },
  });
  return stdout;
}

test.serial(
  'a bank is built again from a dump and its sealed secrets: members sign in, the books add up, the log is intact',
  async (t) => {
    t.timeout(800_000);
    bank = await startBank({ folder: lost });
    const { agent, member, accountId } = await openFirstAccount(bank);
    const requested = await member.post('/api/operations', {
      type: 'deposit',
      account_id: accountId,
      amount: 4_200,
    });
    await agent.post(`/api/operations/${requested.body.id}/approve`);
    // What only the key of its time opens.
    const { body: setUp } = await member.post('/api/auth/totp', { password: member.password });
    const app = new Authenticator(setUp.secret);
    t.is((await member.post('/api/auth/totp/confirm', { code: await app.nextCode() })).status, 200);
    await eventually(async () => {
      const { body } = await agent.get(`/api/logs?operation=${requested.body.id}&service=accounts`);
      return body.items.length === 2;
    }, 60_000);
    const { identity, recipient } = await newKeyPair();
    const keyFile = join(folder, 'key.txt');
    await writeFile(keyFile, `# created: today\n# public key: ${recipient}\n${identity}\n`);
    await npm(lost, 'backup', ['--recipient', recipient, backups]);
    const [secrets = '', dump = ''] = (await readdir(backups)).sort();
    t.regex(secrets, /^guichet-\d{8}T\d{6}Z\.secrets\.age$/);
    t.regex(dump, /^guichet-\d{8}T\d{6}Z\.sql\.gz$/);
    const { username: superuser, password: superuserPassword } = bank.logins.superuser;
    await bank.stop();
    await rm(lost, { recursive: true });

    const stranger = join(folder, 'stranger.txt');
    await writeFile(stranger, (await newKeyPair()).identity);
    await t.throwsAsync(npm(built, 'restore', [join(backups, dump), '--identity', stranger]), {
      message: /can't be opened/,
    });
    await npm(built, 'restore', [join(backups, dump), '--identity', keyFile]);
    await t.throwsAsync(npm(built, 'restore', [join(backups, dump), '--identity', keyFile]), {
      message: /already/,
    });
    bank = await startBank({ folder: built });
    t.regex(await npm(built, 'admin', ['republish-users']), /users are in the outbox/);
    t.regex(await npm(built, 'reconcile'), /ok/);
    t.regex(await npm(built, 'log', ['verify']), /intact|ok/i);

    const back = new Person(bank.url, member.username, member.password);
    t.is((await back.logIn()).body.code, 'totp_required');
    const { username, password } = back;
    const signedIn = await back.post('/api/auth/login', { username, password, totp: await app.nextCode() });
    t.is(signedIn.status, 200, signedIn.text);
    back.tokens = { access: signedIn.body.access_token, refresh: signedIn.body.refresh_token };
    t.is((await back.get(`/api/accounts/${accountId}`)).body.balance, 4_200);
    const root = new Person(bank.url, superuser, superuserPassword);
    t.is((await root.logIn()).status, 200);
    const clerk = new Person(bank.url, agent.username, agent.password);
    t.is((await clerk.logIn()).status, 200);
    // And the bank goes on.
    const more = await back.post('/api/operations', { type: 'deposit', account_id: accountId, amount: 800 });
    t.is(more.status, 201, more.text);
    t.is((await clerk.post(`/api/operations/${more.body.id}/approve`)).body.status, 'posted');
    t.is((await back.get(`/api/accounts/${accountId}`)).body.balance, 5_000);
    await eventually(async () => {
      const { body } = await clerk.get(`/api/logs?operation=${more.body.id}&service=accounts`);
      return body.items.length === 2;
    }, 60_000);
    t.regex(await npm(built, 'log', ['verify']), /intact|ok/i);
  },
);
