import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { renameSync } from 'node:fs';
import {
  appendFile,
  chmod,
  copyFile,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PAYMENT_FILE_BYTES_MAX, THE_BANK } from '@guichet/contract';
import anyTest, { type TestFn } from 'ava';
import type { Deps } from '../deps.ts';
import { openTestBank } from '../fixtures.ts';
import { deposit } from '../operations/kinds/deposit.ts';
import { requestOperations } from '../operations/request-operations.ts';
import { camt054, pacs004, pacs008 } from '../payment-files/files.fixture.ts';
import { payElsewhere } from '../payments/payments.fixture.ts';
import { FileTaker } from './take-files.ts';

const test = anyTest.serial as TestFn<{ directory: string }>;
const bank = await openTestBank({ secondAgentAboveMinor: 1_000_000n });
const agent = await bank.person('agent');
const other = await bank.person('agent');
const member = await bank.person('member');
const account = await bank.account(member, agent, 500_000);
const { iban } = (await bank.client.get(`/api/accounts/${account}`, { token: agent.token })).body;

test.beforeEach(async (t) => {
  t.context = { directory: await mkdtemp(join(tmpdir(), 'incoming-')) };
});
test.afterEach.always((t) => rm(t.context.directory, { recursive: true }));
test.after.always(() => bank.close());

const message = () => `M${randomUUID().replaceAll('-', '').slice(0, 30)}`;
const payments = (amount = '12.34', id = message()) => pacs008(id, [{ endToEndId: message(), iban, amount }]);
const namesIn = (...path: string[]) => readdir(join(...path)).then((names) => names.sort());
const operationOf = async (id: string | undefined) =>
  (await bank.client.get(`/api/operations/${id}`, { token: agent.token })).body;
const countFiles = async () => Number((await bank.owner('payment_files').count('* as n'))[0]?.n);
const pass = (seconds: number) => {
  bank.time.now = new Date(bank.time.now.getTime() + seconds * 1000);
};

/** Looks, lets files rest, and takes them. */
async function take(directory: string, taker = new FileTaker(bank.deps, directory)) {
  await taker.takeFiles();
  pass(10);
  return taker.takeFiles();
}

async function reasonOf(directory: string, name: string) {
  return JSON.parse(await readFile(join(directory, 'refused', `${name}.json`), 'utf8'));
}

const logged = async (text: string) =>
  (await bank.owner('outbox').where('payload', 'like', `%${text}%`)).map(({ payload }) =>
    JSON.parse(payload),
  );

test('a file is received as an operation that no user requested, and is moved', async (t) => {
  const { directory } = t.context;
  await writeFile(join(directory, 'salaries.xml'), payments('2500.10', 'SALARIES-11'));
  const { received, refused, left } = await take(directory);
  t.deepEqual([received.length, refused, left], [1, 0, 0]);
  t.deepEqual(await namesIn(directory), ['received']);
  t.deepEqual(await namesIn(directory, 'received'), ['salaries.xml']);
  const operation = await operationOf(received[0]);
  t.like(operation, {
    type: 'incoming_payments',
    status: 'pending',
    amount: 250_010,
    required_approvals: 1,
    requester: THE_BANK,
    file: { message_id: 'SALARIES-11', count: 1, total: 250_010 },
  });
  const [entry] = await logged(operation.id);
  t.like(entry, { action: 'INCOMING_PAYMENTS_REQUESTED', actor: null, concerns: [] });

  // Any agent may approve it alone, and it's shown as such.
  const facts = await bank.client.get(`/api/operations/${operation.id}/review-facts`, { token: other.token });
  t.like(facts.body, { can_decide: true, second_agent: null, customer: { username: THE_BANK.username } });
  const before = (await bank.client.get(`/api/accounts/${account}`, { token: agent.token })).body.balance;
  t.like((await bank.approve(agent, operation.id)).body, { status: 'posted' });
  const after = (await bank.client.get(`/api/accounts/${account}`, { token: agent.token })).body.balance;
  t.is(after - before, 250_010);
  const found = await bank.client.get(`/api/operations?requester=${THE_BANK.username}&limit=200`, {
    token: agent.token,
  });
  t.true(found.body.items.some(({ id }: { id: string }) => id === operation.id));
  // The bank gets no mail about its own request, and no entry is stored as one about it.
  t.deepEqual(await logged(THE_BANK.id), []);
});

test('above the threshold two agents approve it, and one agent does not approve more than that alone in a day', async (t) => {
  const { directory } = t.context;
  await writeFile(join(directory, 'large.xml'), payments('10000.01'));
  const { received } = await take(directory);
  t.like(await operationOf(received[0]), { required_approvals: 2 });
  t.like((await bank.approve(agent, received[0] as string)).body, { status: 'approved' });
  t.is((await bank.approve(agent, received[0] as string)).body.code, 'already_decided_by_you');
  t.like((await bank.approve(other, received[0] as string)).body, { status: 'posted' });

  const single = await bank.person('agent');
  for (const [index, amount] of ['6000.00', '6000.00'].entries())
    await writeFile(join(directory, `${index}.xml`), payments(amount));
  const both = (await take(directory)).received;
  t.is(both.length, 2);
  t.like((await bank.approve(single, both[0] as string)).body, { status: 'posted' });
  t.like((await bank.approve(single, both[1] as string)).body, { status: 'approved', required_approvals: 2 });
});

test('the bank requests nothing but files, no user has its id, and no user can cancel its requests', async (t) => {
  const { directory } = t.context;
  t.is((await bank.owner('people').where('username', THE_BANK.username)).length, 0);
  const input = deposit.read({ account_id: account, amount: 100 });
  const asked = { input, requester: null, correlationId: randomUUID(), idempotency: null };
  const [outcome] = await requestOperations(bank.deps, [{ ...asked, secondFactor: 'unchecked' }]);
  t.like(outcome, { refusal: { code: 'forbidden' } });
  await writeFile(join(directory, 'a.xml'), payments());
  const { received } = await take(directory);
  const cancelled = await bank.client.post(`/api/operations/${received[0]}/cancel`, undefined, {
    token: agent.token,
  });
  t.is(cancelled.status, 403);
  const seen = await bank.client.get(`/api/operations/${received[0]}`, { token: member.token });
  t.is(seen.status, 404);
  const rejected = await bank.client.post(
    `/api/operations/${received[0]}/reject`,
    { reason: 'Not ours' },
    { token: agent.token },
  );
  t.like(rejected.body, { status: 'rejected' });
  t.deepEqual(await logged(THE_BANK.id), [], 'no mail');
});

test('its content tells payments from returns', async (t) => {
  const { directory } = t.context;
  const paid = await payElsewhere(t, bank, agent, { person: member, account }, { amount: 700 });
  const endToEndId = paid.replaceAll('-', '');
  await writeFile(join(directory, '1-camt.xml'), camt054(message(), [{ endToEndId: message(), iban }]));
  await writeFile(
    join(directory, '2-return.xml'),
    camt054(message(), [{ endToEndId, amount: '7.00' }], { reason: 'AC04' }),
  );
  await writeFile(
    join(directory, '3-pacs.XML'),
    pacs004(message(), [{ endToEndId: message(), amount: '7.00' }]),
  );
  const mixed = camt054(message(), [{ iban, amount: '1.00' }]).replace(
    '</TxDtls>',
    `</TxDtls><TxDtls><Refs><EndToEndId>X</EndToEndId></Refs><Amt Ccy="EUR">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls>`,
  );
  await writeFile(join(directory, '4-mixed.xml'), mixed);
  const { received, refused } = await take(directory);
  const kinds = await Promise.all(received.map(async (id) => (await operationOf(id)).type));
  t.deepEqual(kinds.sort(), ['incoming_payments', 'returned_payments', 'returned_payments']);
  t.is(refused, 1);
  t.like(await reasonOf(directory, '4-mixed.xml'), { code: 'invalid_file' });
});

test('a file that is being written is left until it rests, and one that is renamed into the folder is complete', async (t) => {
  const { directory } = t.context;
  const content = payments();
  const taker = new FileTaker(bank.deps, directory);
  await writeFile(join(directory, 'slow.xml'), content.slice(0, 100));
  await writeFile(join(directory, '.hidden.xml'), content.slice(0, 50));
  for (const at of [300, 600]) {
    await taker.takeFiles();
    pass(9);
    await appendFile(join(directory, 'slow.xml'), content.slice(at === 300 ? 100 : 300, at));
    t.deepEqual(await taker.takeFiles(), { received: [], refused: 0, left: 1 });
  }
  await appendFile(join(directory, 'slow.xml'), content.slice(600));
  await writeFile(join(directory, '.hidden.xml'), payments());
  await rename(join(directory, '.hidden.xml'), join(directory, 'shown.xml'));
  t.is((await take(directory, taker)).received.length, 2);
  t.deepEqual(await namesIn(directory, 'received'), ['shown.xml', 'slow.xml']);
});

test('a half file that never grows is refused with its line, and the log says so', async (t) => {
  const { directory } = t.context;
  const content = payments();
  await writeFile(join(directory, 'half.xml'), content.slice(0, content.indexOf('<RmtInf>')));
  t.like(await take(directory), { refused: 1, left: 0 });
  t.deepEqual(await namesIn(directory, 'refused'), ['half.xml', 'half.xml.json']);
  const reason = await reasonOf(directory, 'half.xml');
  t.like(reason, { file: 'half.xml', code: 'invalid_file', title: 'Invalid payment file' });
  t.true(reason.line > 3 && reason.reason.includes('well-formed'), JSON.stringify(reason));
  const [entry] = await logged('"half.xml"');
  t.like(entry, {
    action: 'INCOMING_FILE_REFUSED',
    level: 'WARNING',
    actor: null,
    subject: null,
    data: { file_name: 'half.xml', code: 'invalid_file', line: reason.line, fault: reason.reason },
  });
});

test('a file that is sent twice is received once, also under another name and after a restart', async (t) => {
  const { directory } = t.context;
  const content = payments();
  await writeFile(join(directory, 'a.xml'), content);
  t.like(await take(directory), { refused: 0 });
  await copyFile(join(directory, 'received', 'a.xml'), join(directory, 'a.xml'));
  await copyFile(join(directory, 'received', 'a.xml'), join(directory, 'b.xml'));
  t.like(await take(directory), { received: [], refused: 2, left: 0 });
  for (const name of ['a.xml', 'b.xml'])
    t.like(await reasonOf(directory, name), { code: 'file_already_received', line: null });
  t.deepEqual(await namesIn(directory, 'received'), ['a.xml']);
});

test('a file of the same name does not replace the earlier one, and its reason stays with it', async (t) => {
  const { directory } = t.context;
  for (const _ of [1, 2]) {
    await writeFile(join(directory, 'a.xml'), payments());
    await writeFile(join(directory, 'b.xml'), '<a/>');
    t.like(await take(directory), { refused: 1, left: 0 });
  }
  const received = await namesIn(directory, 'received');
  t.is(received.length, 2);
  t.regex(received[0] as string, /^a\.[0-9a-f-]{36}\.xml$/);
  const refused = await namesIn(directory, 'refused');
  t.is(refused.length, 4);
  for (const name of refused.filter((one) => one.endsWith('.xml')))
    t.true(refused.includes(`${name}.json`), name);
});

test('a process that dies after the commit leaves a file that is moved, and not received again', async (t) => {
  const { directory } = t.context;
  await writeFile(join(directory, 'a.xml'), payments());
  const dying: Deps = {
    ...bank.deps,
    committed() {
      throw new Error('killed');
    },
  };
  const before = await countFiles();
  t.deepEqual(await take(directory, new FileTaker(dying, directory)), { received: [], refused: 0, left: 1 });
  t.is(await countFiles(), before + 1, 'it was committed');
  t.deepEqual(await namesIn(directory), ['a.xml']);
  const { received } = await take(directory);
  t.is(received.length, 1);
  t.is(await countFiles(), before + 1);
  t.deepEqual(await namesIn(directory, 'received'), ['a.xml']);
});

test('the same, also if an agent rejects it meanwhile and the file could be sent again', async (t) => {
  const { directory } = t.context;
  await writeFile(join(directory, 'a.xml'), payments());
  // Nothing can be moved there.
  await writeFile(join(directory, 'received'), 'in the way');
  const before = await countFiles();
  const taker = new FileTaker(bank.deps, directory);
  t.like(await take(directory, taker), { received: [], left: 1 });
  const ofBank = await bank.client.get(`/api/operations?requester=${THE_BANK.id}&limit=1`, {
    token: agent.token,
  });
  const { id } = ofBank.body.items[0];
  const body = { reason: 'Not ours' };
  t.is((await bank.client.post(`/api/operations/${id}/reject`, body, { token: agent.token })).status, 200);
  // Longer than any idempotency key is kept.
  pass(100_000);
  t.like(await taker.takeFiles(), { received: [], left: 1 });
  await rm(join(directory, 'received'));
  t.deepEqual((await taker.takeFiles()).received, [id]);
  t.is(await countFiles(), before + 1);

  // Moved back, it's received again, because it was rejected; and a copy is refused while that waits.
  await rename(join(directory, 'received', 'a.xml'), join(directory, 'a.xml'));
  const { received } = await take(directory);
  t.is(received.length, 1);
  t.not(received[0], id);
  t.is(await countFiles(), before + 2);
  await copyFile(join(directory, 'received', 'a.xml'), join(directory, 'a.xml'));
  t.like(await take(directory), { received: [], refused: 1 });
});

test('a file that replaces one while that is received is received too', async (t) => {
  const { directory } = t.context;
  await writeFile(join(directory, 'a.xml'), payments());
  await writeFile(join(directory, '.next'), payments());
  const replacing: Deps = {
    ...bank.deps,
    committed: () => renameSync(join(directory, '.next'), join(directory, 'a.xml')),
  };
  const first = await take(directory, new FileTaker(replacing, directory));
  t.is(first.received.length, 1);
  t.deepEqual(await namesIn(directory), ['a.xml', 'received']);
  const second = await take(directory);
  t.is(second.received.length, 1);
  t.notDeepEqual(second.received, first.received);
  t.deepEqual(await namesIn(directory, 'received'), ['a.xml']);
});

test('two replicas that look at the same time receive each file once, and refuse none', async (t) => {
  const { directory } = t.context;
  const replica = await bank.replica();
  t.teardown(() => replica.close());
  for (let index = 0; index < 6; index += 1) await writeFile(join(directory, `${index}.xml`), payments());
  const before = await countFiles();
  const takers = [bank.deps, replica.deps, replica.deps].map((deps) => new FileTaker(deps, directory));
  await Promise.all(takers.map((taker) => taker.takeFiles()));
  pass(10);
  await Promise.all(takers.map((taker) => taker.takeFiles()));
  await Promise.all(takers.map((taker) => taker.takeFiles()));
  t.is(await countFiles(), before + 6);
  t.deepEqual(await namesIn(directory), ['received']);
  t.is((await namesIn(directory, 'received')).length, 6);
});

test('a replica whose database dies in between refuses nothing and receives nothing twice', async (t) => {
  const { directory } = t.context;
  const replica = await bank.replica();
  await writeFile(join(directory, 'a.xml'), payments());
  await writeFile(join(directory, 'b.xml'), '<a/>');
  const before = await countFiles();
  const taker = new FileTaker(replica.deps, directory);
  await taker.takeFiles();
  pass(10);
  const taking = taker.takeFiles().catch(() => null);
  setTimeout(() => replica.crash(), 5);
  await taking;
  await take(directory);
  t.is(await countFiles(), before + 1);
  t.deepEqual(await namesIn(directory, 'received'), ['a.xml']);
  t.deepEqual(await namesIn(directory, 'refused'), ['b.xml', 'b.xml.json']);
});

test('without an active agent, files wait', async (t) => {
  const { directory } = t.context;
  const agents = () => bank.owner('people').where('role', 'agent');
  const taker = new FileTaker(bank.deps, directory);
  await writeFile(join(directory, 'a.xml'), payments());
  await agents().update({ status: 'deactivated' });
  try {
    t.deepEqual(await take(directory, taker), { received: [], refused: 0, left: 1 });
  } finally {
    await agents().update({ status: 'active' });
  }
  t.is((await taker.takeFiles()).received.length, 1);
});

test('links, folders and other names are left where they are', async (t) => {
  const { directory } = t.context;
  const outside = await mkdtemp(join(tmpdir(), 'outside-'));
  t.teardown(() => rm(outside, { recursive: true }));
  await writeFile(join(outside, 'secret'), payments());
  await symlink('/etc/passwd', join(directory, 'passwd.xml'));
  await symlink(join(outside, 'secret'), join(directory, 'linked.xml'));
  await mkdir(join(directory, 'folder.xml'));
  await promisify(execFile)('mkfifo', [join(directory, 'pipe.xml')]);
  await writeFile(join(directory, 'note.txt'), payments());
  await writeFile(join(directory, '.draft.xml'), payments());
  const before = await countFiles();
  t.deepEqual(await take(directory), { received: [], refused: 0, left: 4 });
  t.is(await countFiles(), before);
  t.is((await namesIn(directory)).length, 6);
});

test('a file that is replaced by a link after it was found is not read', async (t) => {
  const { directory } = t.context;
  const taker = new FileTaker(bank.deps, directory);
  await writeFile(join(directory, 'a.xml'), payments());
  await taker.takeFiles();
  pass(10);
  await rm(join(directory, 'a.xml'));
  await symlink('/etc/passwd', join(directory, 'a.xml'));
  t.like(await taker.takeFiles(), { received: [], refused: 0, left: 1 });
});

test('a place that is a link to another folder gets nothing', async (t) => {
  const { directory } = t.context;
  const outside = await mkdtemp(join(tmpdir(), 'outside-'));
  t.teardown(() => rm(outside, { recursive: true }));
  await symlink(outside, join(directory, 'received'));
  await symlink(outside, join(directory, 'refused'));
  await writeFile(join(directory, 'a.xml'), payments());
  await writeFile(join(directory, 'b.xml'), '<a/>');
  t.deepEqual(await take(directory), { received: [], refused: 0, left: 2 });
  t.deepEqual(await namesIn(outside), []);
});

test('a file that can’t be moved is logged once as refused', async (t) => {
  const { directory } = t.context;
  await writeFile(join(directory, 'refused'), 'in the way');
  await writeFile(join(directory, 'stuck.xml'), '<a/>');
  const taker = new FileTaker(bank.deps, directory);
  for (const _ of [1, 2, 3]) t.deepEqual(await take(directory, taker), { received: [], refused: 0, left: 1 });
  t.is((await logged('"stuck.xml"')).length, 1);
  await rm(join(directory, 'refused'));
  t.like(await taker.takeFiles(), { refused: 1, left: 0 });
  t.is((await logged('"stuck.xml"')).length, 1);
});

test('names of any bytes are taken, and written as plain names', async (t) => {
  const { directory } = t.context;
  const names = [
    'a\nb.xml',
    '~..\\..\\etc.xml',
    '-rf .xml',
    `${'é'.repeat(120)}.xml`,
    '<script>.xml',
    'virements reçus (1).xml',
  ].map((name) => Buffer.from(name));
  names.push(Buffer.from('ff fe 2e 78 6d 6c'.replaceAll(' ', ''), 'hex'));
  for (const name of names) await writeFile(Buffer.concat([Buffer.from(`${directory}/`), name]), payments());
  t.is((await take(directory)).received.length, names.length);
  const received = await namesIn(directory, 'received');
  for (const name of received) t.regex(name, /^[\p{L}\p{N} ._()+-]{1,200}\.xml$/u);
  t.true(received.includes('virements reçus (1).xml'));
  t.true(received.includes('a_b.xml'));
  t.deepEqual(await namesIn(directory), ['received']);
});

test('a file of more than 32 MiB is refused without being read', async (t) => {
  const { directory } = t.context;
  await writeFile(join(directory, 'huge.xml'), '');
  // It has no bytes on the disk: reading it would find zeros.
  await truncate(join(directory, 'huge.xml'), PAYMENT_FILE_BYTES_MAX + 1024 * 1024);
  await writeFile(join(directory, 'endless.xml'), '');
  await truncate(join(directory, 'endless.xml'), 1024 ** 4);
  t.like(await take(directory), { received: [], refused: 2, left: 0 });
  for (const name of ['huge.xml', 'endless.xml'])
    t.like(await reasonOf(directory, name), { code: 'payload_too_large', line: null });
});

test('a file with a DOCTYPE is refused before an entity is expanded', async (t) => {
  const { directory } = t.context;
  const laughs = Array.from(
    { length: 9 },
    (_, index) => `<!ENTITY l${index + 1} "${`&l${index};`.repeat(10)}">`,
  );
  const head = `<!DOCTYPE d [<!ENTITY l0 "ha"><!ENTITY x SYSTEM "file:///etc/passwd">${laughs.join('')}]>`;
  await writeFile(join(directory, 'laughs.xml'), pacs008(message(), [{ iban, text: '&l9;&x;' }], head));
  await writeFile(join(directory, 'empty.xml'), '');
  await writeFile(join(directory, 'binary.xml'), Buffer.from([0xff, 0xfe, 0x00, 0x3c]));
  t.like(await take(directory), { received: [], refused: 3, left: 0 });
  t.like(await reasonOf(directory, 'laughs.xml'), {
    code: 'invalid_file',
    reason: 'must not have a DOCTYPE',
  });
});

test('a folder that is missing at the start is read once it is there', async (t) => {
  const { directory } = t.context;
  const missing = join(directory, 'not-mounted');
  const taker = new FileTaker(bank.deps, missing);
  t.deepEqual(await take(missing, taker), { received: [], refused: 0, left: 0 });
  t.deepEqual(await namesIn(directory), [], 'it is not created: it may be a volume that is not mounted');
  await mkdir(missing);
  await writeFile(join(missing, 'a.xml'), payments());
  t.is((await take(missing, taker)).received.length, 1);
});

test('a file that may not be read is an error, and not one that is gone', async (t) => {
  const { directory } = t.context;
  await chmod(directory, 0o755);
  await writeFile(join(directory, 'locked.xml'), payments(), { mode: 0o000 });
  // The tests may run as root, who may read everything; another user may not even reach the folder, except from within.
  const code = `import(${JSON.stringify(new URL('./folder.ts', import.meta.url).href)}).then(async ({ listFolder, readFound }) => {
    if (process.getuid() === 0) process.setgid(65534), process.setuid(65534);
    const [file] = await listFolder('.');
    await readFound(file).then(() => console.log('read'), ({ code }) => console.log(code));
  })`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', code], { cwd: directory });
  t.is(stdout.trim(), 'EACCES');
});

test('a file with a second name is received under one of them', async (t) => {
  const { directory } = t.context;
  await writeFile(join(directory, 'a.xml'), payments());
  await utimes(join(directory, 'a.xml'), new Date('2020-01-01'), new Date('2020-01-01'));
  await link(join(directory, 'a.xml'), join(directory, 'b.xml'));
  const { received, refused } = await take(directory);
  t.deepEqual([received.length, refused], [1, 1]);
});
