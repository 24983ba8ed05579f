import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { eventually } from '@guichet/testing';
import { PROJECT, type RunningBank, startBank } from '@guichet/tools';
import test from 'ava';
import { Authenticator } from './authenticator.ts';
import { Person } from './person.ts';

// The commands of `guichet-admin`, in a bank where staff need a second factor.

const run = promisify(execFile);
let bank: RunningBank;
let root: Person;

test.before(async () => {
  bank = await startBank({ environment: { REQUIRE_TOTP_FOR_STAFF: 'true' } });
  const { superuser } = bank.logins;
  root = new Person(bank.url, superuser.username, superuser.password);
});
test.after.always(() => bank?.stop());

const admin = (...args: string[]) =>
  run('npm', ['run', '--silent', 'admin', '--', ...args], {
    cwd: PROJECT,
    env: { ...process.env, GUICHET_DATA: bank.folder },
  });

async function failure(...args: string[]): Promise<{ code: number; stderr: string }> {
  const error = await admin(...args).then(
    () => ({ code: 0, stderr: '' }),
    ({ code, stderr }) => ({ code, stderr }),
  );
  return error;
}

async function enrol(person: Person): Promise<Authenticator> {
  const { body } = await person.post('/api/auth/totp', { password: person.password });
  const app = new Authenticator(body.secret);
  const confirmed = await person.post('/api/auth/totp/confirm', { code: await app.nextCode() });
  if (confirmed.status !== 200) throw new Error(confirmed.text);
  return app;
}

async function signIn(person: Person, totp: string): Promise<void> {
  const { username, password } = person;
  const { status, body, text } = await person.post('/api/auth/login', { username, password, totp });
  if (status !== 200) throw new Error(text);
  person.tokens = { access: body.access_token, refresh: body.refresh_token };
}

test.serial(
  'an operator resets a superuser who is locked out: nothing of before works, the new way in does',
  async (t) => {
    await root.logIn();
    const app = await enrol(root);
    await signIn(root, await app.nextCode());
    const wanted = { name: 'ci', scopes: ['users:manage'], expires_in_days: 1, password: root.password };
    const { token } = (await root.post('/api/auth/tokens', wanted)).body;
    const old = root.tokens as NonNullable<typeof root.tokens>;
    const listed = (await admin('sessions', 'list', root.username)).stdout;
    t.regex(listed, new RegExp(`${root.username} .*second factor`));

    const { stdout } = await admin('reset-superuser', root.username);
    const link = new URL(stdout.trim().split('\n').at(-1) ?? '');
    for (const bearer of [old.access, token]) {
      const thief = new Person(bank.url, '', '');
      thief.tokens = { access: bearer, refresh: '' };
      t.is((await thief.get('/api/auth/profile')).status, 401);
      await eventually(async () => (await thief.get('/api/logs')).status === 401, 5_000);
    }
    const { username, password } = root;
    root.tokens = null;
    t.is((await root.post('/api/auth/refresh', { refresh_token: old.refresh })).status, 401);
    const totp = await app.nextCode();
    t.is((await root.post('/api/auth/login', { username, password, totp })).body.code, 'invalid_credentials');

    const renewed = new Person(bank.url, username, 'Seven green bottles');
    const set = { token: link.searchParams.get('token'), new_password: renewed.password };
    t.is((await renewed.post('/api/auth/password/recover', set)).status, 204);
    t.is((await renewed.post('/api/auth/password/recover', set)).body.code, 'invalid_link');
    t.is((await renewed.logIn()).body.scope, 'profile', 'a second factor has to be set up first');
    t.is((await renewed.get('/api/auth/users')).body.code, 'insufficient_scope');
    const newApp = await enrol(renewed);
    await signIn(renewed, await newApp.nextCode());
    t.is((await renewed.get('/api/auth/users')).status, 200);
    root = renewed;

    const entries = await eventually(async () => {
      const { body } = await root.get('/api/logs?type_action=ADMIN_COMMAND');
      return body.items.length > 0 ? body.items : null;
    }, 10_000);
    t.like(entries[0], { level: 'WARNING', data: { command: 'reset-superuser' } });
    t.is(typeof entries[0].data.operator, 'string');
    t.false(JSON.stringify(entries).includes(String(set.token)));
  },
);

test.serial(
  'an operator ends a session, and an error says what is wrong, with its exit status',
  async (t) => {
    const id = /^(\S+) {2}/.exec((await admin('sessions', 'list', root.username)).stdout)?.[1] ?? '';
    t.regex((await admin('sessions', 'end', id)).stdout, /Sessions ended: 1/);
    t.is((await root.get('/api/auth/profile')).status, 401);
    t.deepEqual(await failure('sessions', 'end', id), {
      code: 1,
      stderr: `guichet-admin: no open session has the id ${id}\n`,
    });
    t.deepEqual(await failure('reset-superuser', 'no-such-user'), {
      code: 1,
      stderr: 'guichet-admin: no user is named no-such-user\n',
    });
    t.is((await failure('reset-superuser')).code, 2);
    const usage = await failure('resset');
    t.is(usage.code, 2);
    t.regex(usage.stderr, /^Usage: guichet-admin keys list/);
    await bank.halt('database');
    const down = await failure('sessions', 'list');
    t.is(down.code, 1);
    t.regex(down.stderr, /^guichet-admin: the database can’t be reached: /);
    bank.start('database');
  },
);
