import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { moveMoney } from '@guichet/jobs/helm-test/move-money';
import { PROJECT, type RunningBank, startBank } from '@guichet/tools';
import test, { type ExecutionContext } from 'ava';
import { Authenticator } from './authenticator.ts';
import { newAgent, superuserOf } from './people.ts';
import { Person } from './person.ts';

// `helm test` in a bank as strict as it can be: each approval needs two agents, staff need a second factor, every limit is reached.

const run = promisify(execFile);
let bank: RunningBank;
let root: Person;
let auditor: Person;

test.before(async () => {
  bank = await startBank({
    environment: {
      REQUIRE_TOTP_FOR_STAFF: 'true',
      DECISION_SECOND_AGENT_ABOVE: '0',
      STEP_UP_ABOVE: '0',
      LIMIT_OPERATION: '400',
      LIMIT_DAY: '400',
      BATCHES_AT: 'none',
    },
  });
  root = await superuserOf(bank);
  await addSecondFactor(root);
  auditor = await newAgent(root, 'auditor');
  await addSecondFactor(auditor);
});
test.after.always(() => bank?.stop());

/** Without it, staff of this bank may do nothing else. */
async function addSecondFactor(person: Person): Promise<void> {
  const { body } = await person.post('/api/auth/totp', { password: person.password });
  await person.post('/api/auth/totp/confirm', { code: await new Authenticator(body.secret).nextCode() });
  const renewed = await person.post('/api/auth/refresh', { refresh_token: person.tokens?.refresh });
  person.tokens = { access: renewed.body.access_token, refresh: renewed.body.refresh_token };
}

const admin = (...args: string[]) =>
  run('npm', ['run', '--silent', 'admin', '--', 'test-agents', ...args], {
    cwd: PROJECT,
    env: { ...process.env, GUICHET_DATA: bank.folder },
  });
/** Creates the agents, as the first step of the test's pod does. @returns the file with their logins, and these */
async function createAgents() {
  const file = join(bank.folder, `agents-${randomUUID()}.json`);
  const { stdout } = await admin('create', file);
  const agents: { username: string; password: string }[] = JSON.parse(await readFile(file, 'utf8'));
  return { file, agents, stdout };
}

/** Nothing waits, no user is left, and no account of the bank has money of the tests. */
async function leavesNothing(t: ExecutionContext): Promise<void> {
  const users = await root.get('/api/auth/users?q=test-');
  t.deepEqual(
    users.body.items.filter(({ role }: { role: string }) => role === 'member'),
    [],
  );
  const { body: suspense } = await auditor.get('/api/payments/suspense');
  t.deepEqual(suspense.items, []);
  const houses = new Map<string, number>();
  let moved = 0;
  for (let next: string | null = ''; next !== null; ) {
    const { body }: Awaited<ReturnType<Person['get']>> = await auditor.get(
      `/api/operations?limit=200${next === '' ? '' : `&cursor=${next}`}`,
    );
    for (const { id, status } of body.items) {
      t.true(['posted', 'rejected', 'cancelled'].includes(status), `${id} is ${status}`);
      const { body: entries } = await auditor.get(`/api/operations/${id}/entries`);
      for (const { account_id: account, amount } of entries.items) {
        moved += 1;
        houses.set(account, (houses.get(account) ?? 0) + amount);
      }
    }
    next = body.next;
  }
  t.true(moved > 0);
  t.deepEqual(
    [...houses].filter(([, sum]) => sum !== 0),
    [],
  );
  const { body: reconciled } = await auditor.post('/api/ledger/reconciliation?full=true');
  t.true(reconciled.ok, JSON.stringify(reconciled));
}

test.serial(
  'helm test tries accounts, files, orders and products as temporary agents, and leaves nothing, however often it runs',
  async (t) => {
    t.timeout(900_000);
    const command = join(PROJECT, 'jobs/src/commands/move-money.ts');
    for (let times = 0; times < 2; times += 1) {
      const { file, agents, stdout: created } = await createAgents();
      t.regex(created, /Test agents created: 3/);
      t.is((await stat(file)).mode & 0o777, 0o600);
      const env = { ...process.env, BANK_URL: bank.url, TEST_AGENTS_FILE: file };
      const { stdout } = await run(process.execPath, [command], { env });
      for (const done of [
        'the product of the accounts is listed',
        'deposited 1000 and transferred 400',
        'received a file, and another agent approved it: its 250 minor units are credited',
        'the same file again is refused',
        'a payment to an unknown IBAN waits in suspense',
        'it was returned',
        'a standing order is active, and listed with its next 5 dates',
        'its customer has ended it',
        'the ledger reconciles',
        'undid everything',
      ])
        t.true(stdout.includes(`ok  ${done}`), `${done}\n${stdout}`);
      const login = agents[0] as (typeof agents)[number];
      t.false(stdout.includes(login.password));
      const agent = new Person(bank.url, login.username, login.password);
      t.is((await agent.logIn()).body.code, 'totp_required', 'the password alone is no use to a thief');
      t.regex((await admin('remove')).stdout, /Test agents deleted: 3/);
      t.is((await agent.logIn()).body.code, 'invalid_credentials');
      t.deepEqual((await root.get('/api/auth/users?q=test-')).body.items, []);
    }
    await leavesNothing(t);
  },
);

for (const at of ['credited', 'waits in suspense', 'order is active'])
  test.serial(`a test that fails once it has said “${at}” undoes everything too`, async (t) => {
    t.timeout(600_000);
    const { agents } = await createAgents();
    const say = (text: string) => {
      if (text.includes(at)) throw new Error('stopped');
    };
    await t.throwsAsync(moveMoney({ origin: bank.url, agents, say }), { message: 'stopped' });
    await leavesNothing(t);
    await admin('remove');
  });
