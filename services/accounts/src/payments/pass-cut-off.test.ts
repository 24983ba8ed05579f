import { mkdtemp, readdir, readFile, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uuidBytes } from '@guichet/database';
import { eventually } from '@guichet/testing';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { openTestBank, type TestBank, type TestPerson, type TestReplica } from '../fixtures.ts';
import { keepBatching, passCutOff } from './pass-cut-off.ts';
import { payElsewhere } from './payments.fixture.ts';
import { writeFiles } from './write-files.ts';

interface Context {
  bank: TestBank;
  other: TestReplica;
  agent: TestPerson;
  from: { person: TestPerson; account: string };
}
const test = anyTest.serial as TestFn<Context>;

test.before(async (t) => {
  const bank = await openTestBank();
  const [agent, person] = [await bank.person('agent'), await bank.person('member')];
  const account = await bank.account(person, agent, 500_000);
  t.context = { bank, other: await bank.replica(), agent, from: { person, account } };
});
test.after.always(async (t) => {
  await t.context.other.close();
  await t.context.bank.close();
});

const pay = (t: ExecutionContext<Context>) =>
  payElsewhere(t, t.context.bank, t.context.agent, t.context.from);

test('at the cut-off of a business day, the bank creates one batch over all replicas', async (t) => {
  const { bank, other, agent } = t.context;
  bank.time.now = new Date('2026-10-15T13:59:00Z');
  const paid = [await pay(t), await pay(t)];
  t.is(await passCutOff(bank.deps, '16:00'), null, 'it is 15:59 in Paris');
  bank.time.now = new Date('2026-10-15T14:00:00Z');
  const made = await Promise.all([bank, other, bank, other].map(({ deps }) => passCutOff(deps, '16:00')));
  const [batch, ...more] = made.filter((one) => one !== null);
  t.deepEqual(more, []);
  t.like(batch, { count: 2, executeOn: '2026-10-15', createdBy: null });
  const shown = await bank.client.get(`/api/payments/batches/${batch?.id}`, { token: agent.token });
  t.is(shown.body.created_by, null);
  t.deepEqual(
    shown.body.transfers.map((one: { operation_id: string }) => one.operation_id),
    paid,
  );
  const [logged] = await bank.owner('outbox').where('payload', 'like', '%BATCH_CREATED%');
  t.is(JSON.parse(logged.payload).actor, null);

  const late = await pay(t);
  t.is(await passCutOff(bank.deps, '16:00'), null, 'what comes later waits for the next cut-off');
  // A weekend, then Monday.
  for (const day of ['16T21', '17T15', '18T15']) {
    bank.time.now = new Date(`2026-10-${day}:00:00Z`);
    const next = await passCutOff(other.deps, '16:00');
    t.is(next?.count, day === '16T21' ? 1 : undefined);
  }
  bank.time.now = new Date('2026-10-19T14:30:00Z');
  t.is(await passCutOff(bank.deps, '16:00'), null, 'nothing waits');
  await pay(t);
  t.is(await passCutOff(bank.deps, '16:00'), null, 'and the cut-off has passed all the same');
  bank.time.now = new Date('2026-12-25T20:00:00Z');
  t.is(await passCutOff(bank.deps, '16:00'), null, 'T2 is closed');
  bank.time.now = new Date('2026-12-28T15:00:00Z');
  t.is((await passCutOff(bank.deps, '16:00'))?.count, 1);
  t.truthy(late);
});

test('the file of each batch that isn’t sent is put into a directory once, complete', async (t) => {
  const { bank, agent } = t.context;
  const directory = await mkdtemp(join(tmpdir(), 'batches-'));
  t.teardown(() => rm(directory, { recursive: true }));
  await writeFiles(bank.deps, directory);
  for (const name of await readdir(directory)) await unlink(join(directory, name));

  const create = async () => {
    await pay(t);
    return (await bank.client.post('/api/payments/batches', {}, { token: agent.token })).body.id;
  };
  const [first, second] = [await create(), await create()];
  await bank.client.post(`/api/payments/batches/${second}/sent`, undefined, { token: agent.token });
  t.deepEqual(await writeFiles(bank.deps, directory), [`pain001-${first}.xml`]);
  t.deepEqual(await readdir(directory), [`pain001-${first}.xml`], 'no unfinished file is left');
  const downloaded = await fetch(`${bank.client.origin}/api/payments/batches/${first}/pain001.xml`, {
    headers: { authorization: `Bearer ${agent.token}` },
  });
  t.is(await readFile(join(directory, `pain001-${first}.xml`), 'utf8'), await downloaded.text());
  // A program that sends it takes it away.
  await unlink(join(directory, `pain001-${first}.xml`));
  t.deepEqual(await writeFiles(bank.deps, directory), []);

  const third = await create();
  await t.throwsAsync(writeFiles(bank.deps, join(directory, 'missing')), { code: 'ENOENT' });
  const [row] = await bank.owner('payment_batches').where('id', uuidBytes(third));
  t.is(row.written_at, null);
  const job = keepBatching(bank.deps, directory);
  t.teardown(() => job.stop());
  await eventually(async () => (await readdir(directory)).includes(`pain001-${third}.xml`));
});
