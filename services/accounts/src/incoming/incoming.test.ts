import { randomUUID } from 'node:crypto';
import { queryOnce, select, sql, uuid } from '@guichet/database';
import test, { type ExecutionContext } from 'ava';
import { openTestBank, type TestBank, type TestPerson } from '../fixtures.ts';
import { camt054, pacs004, pacs008, type Sent } from '../payment-files/files.fixture.ts';
import { payElsewhere } from '../payments/payments.fixture.ts';
import { reconcile } from '../reconciliation/reconcile.ts';
import { postItems } from './post-items.ts';

const bank = await openTestBank();
const agent = await bank.person('agent');
const other = await bank.person('agent');
const third = await bank.person('agent');
const member = await bank.person('member', 'Ines Martin');
test.after.always(() => bank.close());

const upload = (body: string | Buffer, by: TestPerson = agent, { path = 'incoming', key = '' } = {}) =>
  bank.client.post(`/api/payments/${path}`, undefined, {
    token: by.token,
    raw: body,
    headers: { 'content-type': 'application/xml', ...(key === '' ? {} : { 'idempotency-key': key }) },
  });
const itemsOf = async (id: string, query = '') =>
  (await bank.client.get(`/api/payments/incoming/${id}/items${query}`, { token: agent.token })).body.items;
const accountOf = async (id: string) =>
  (await bank.client.get(`/api/accounts/${id}`, { token: agent.token })).body;
const message = () => `M${randomUUID().replaceAll('-', '').slice(0, 30)}`;

async function newAccount(owner: TestPerson = member, balance = 0) {
  const id = await bank.account(owner, agent, balance);
  return { id, iban: (await accountOf(id)).iban as string };
}

async function received(
  payments: readonly Sent[],
  write: (messageId: string, payments: readonly Sent[]) => string = pacs008,
) {
  const { status, body, text } = await upload(write(message(), payments));
  if (status !== 202) throw new Error(text);
  const approved = await bank.approve(other, body.id);
  if (approved.status !== 200) throw new Error(approved.text);
  return body.id as string;
}

async function reconciles(t: ExecutionContext): Promise<void> {
  const { ok, checks } = await reconcile(bank.deps.db, bank.time.now);
  t.true(ok, JSON.stringify(checks.filter((one) => !one.ok)));
}

test('payments of a file are credited with payer, text and reference once another agent approves it', async (t) => {
  const { id: accountId, iban } = await newAccount();
  const sent = await upload(
    pacs008('SALARIES-10', [
      { endToEndId: 'PAY-1', amount: '2500.10', iban, text: 'Salary &lt;October&gt;' },
      { endToEndId: 'PAY-2', amount: '0.5', iban },
    ]),
  );
  t.is(sent.status, 202, sent.text);
  t.like(sent.body, {
    type: 'incoming_payments',
    status: 'pending',
    amount: 250_060,
    currency: 'EUR',
    account_id: null,
    file: { message_id: 'SALARIES-10', count: 2, total: 250_060 },
  });
  t.deepEqual(
    (await itemsOf(sent.body.id)).map((one: { status: string }) => one.status),
    ['pending', 'pending'],
  );
  t.is((await bank.approve(agent, sent.body.id)).body.code, 'not_your_own_request');
  t.is((await accountOf(accountId)).balance, 0);

  const approved = await bank.approve(other, sent.body.id);
  t.like(approved.body, { status: 'posted' });
  t.is((await accountOf(accountId)).balance, 250_060);
  const history = await bank.client.get(`/api/accounts/${accountId}/transactions`, { token: member.token });
  t.like(
    history.body.items.find((one: { amount: number }) => one.amount === 250_010),
    {
      type: 'incoming_payment',
      reference: 'Salary <October>',
      counterparty: { name: 'Acme SARL', iban: 'DE89370400440532013000' },
    },
  );
  const items = await itemsOf(sent.body.id);
  t.like(items[0], {
    end_to_end_id: 'PAY-1',
    amount: 250_010,
    currency: 'EUR',
    debtor: { name: 'Acme SARL', iban: 'DE89370400440532013000' },
    creditor_iban: iban,
    status: 'credited',
    account_id: accountId,
    reason: null,
  });
  const one = await bank.client.get(`/api/operations/${items[0].id}`, { token: agent.token });
  t.like(one.body, {
    type: 'incoming_payment',
    status: 'posted',
    from: { name: 'Acme SARL', iban: 'DE89370400440532013000' },
    to: null,
    file_operation_id: sent.body.id,
    required_approvals: 0,
  });
});

test('camt.054 is read like pacs.008, without its debits', async (t) => {
  const { id: accountId, iban } = await newAccount();
  const id = await received(
    [
      { endToEndId: 'C1', amount: '12.34', iban },
      { endToEndId: 'C2', amount: '1', iban },
    ],
    camt054,
  );
  t.is((await accountOf(accountId)).balance, 1_334);
  t.is((await itemsOf(id)).length, 2);
});

test('a file is received once, and so is each payment, within a file and in another one', async (t) => {
  const { id: accountId, iban } = await newAccount();
  const id = message();
  const pay = { endToEndId: 'D1', amount: '10.00', iban };
  const first = await upload(pacs008(id, [pay, pay, { ...pay, endToEndId: 'D2' }]));
  t.is(first.status, 202);
  t.is(first.body.amount, 2_000);
  t.is(first.body.file.total, 3_000);
  t.is((await upload(pacs008(id, [{ endToEndId: 'D3', iban }]))).body.code, 'file_already_received');
  await bank.approve(other, first.body.id);
  t.deepEqual(
    (await itemsOf(first.body.id)).map((one: { status: string }) => one.status),
    ['credited', 'duplicate', 'credited'],
  );
  t.is((await accountOf(accountId)).balance, 2_000);

  const again = await upload(pacs008(message(), [pay, { ...pay, endToEndId: 'D4' }]));
  t.deepEqual(
    (await itemsOf(again.body.id)).map((one: { status: string }) => one.status),
    ['duplicate', 'pending'],
  );
  await bank.approve(other, again.body.id);
  t.is((await accountOf(accountId)).balance, 3_000);
  t.is((await upload(pacs008(message(), [pay]))).body.amount, 0);
  // Another payer may use the same end-to-end id.
  const another = await upload(pacs008(message(), [{ ...pay, debtorIban: 'NL91ABNA0417164300' }]));
  t.is(another.body.amount, 1_000);
});

test('payments without an end-to-end id are told apart by the references of the banks', async (t) => {
  const { iban } = await newAccount();
  const once = await upload(
    pacs008(message(), [{ txId: 'T1', iban }, { txId: 'T2', iban }, { iban }, { iban }]),
  );
  t.is(once.body.amount, 40_000);
  const again = await upload(
    pacs008(message(), [
      { txId: 'T1', iban },
      { txId: 'T3', iban },
    ]),
  );
  t.is(again.body.amount, 10_000);
});

test('a rejected file can be received again', async (t) => {
  const { id: accountId, iban } = await newAccount();
  const file = pacs008(message(), [{ endToEndId: 'R1', iban }]);
  const first = await upload(file);
  const rejected = await bank.client.post(
    `/api/operations/${first.body.id}/reject`,
    { reason: 'Not ours' },
    { token: other.token },
  );
  t.is(rejected.body.status, 'rejected');
  t.is((await itemsOf(first.body.id))[0].status, 'rejected');
  const second = await upload(file);
  t.is(second.status, 202, second.text);
  await bank.approve(other, second.body.id);
  t.is((await accountOf(accountId)).balance, 10_000);
  t.is(await postItems(bank.deps, { fileId: first.body.id }), 0);
});

test('two uploads of one file at once are one file', async (t) => {
  const { iban } = await newAccount();
  const replica = await bank.replica();
  t.teardown(() => replica.close());
  const file = pacs008(message(), [{ endToEndId: 'RACE', iban }]);
  const send = (client: TestBank['client'], key: string) =>
    client.post('/api/payments/incoming', undefined, {
      token: agent.token,
      raw: file,
      headers: { 'content-type': 'application/xml', 'idempotency-key': key },
    });
  const replies = await Promise.all([
    send(bank.client, 'one'),
    send(replica.client, 'two'),
    send(bank.client, 'three'),
  ]);
  t.deepEqual(replies.map(({ status }) => status).sort(), [202, 409, 409]);
  const kept = replies.findIndex(({ status }) => status === 202);
  const replay = await send(replica.client, ['one', 'two', 'three'][kept] as string);
  t.is(replay.body.id, replies[kept]?.body.id);
  t.is(replay.headers['idempotency-replayed'], 'true');
});

test('two agents approve a file above the threshold, and many small ones of one agent', async (t) => {
  const { id: accountId, iban } = await newAccount();
  const file = await upload(pacs008(message(), [{ endToEndId: 'BIG', amount: '10000.01', iban }]));
  t.is(file.body.required_approvals, 2);
  t.is((await bank.approve(other, file.body.id)).body.status, 'approved');
  t.is((await accountOf(accountId)).balance, 0);
  t.is((await bank.approve(third, file.body.id)).body.status, 'posted');
  t.is((await accountOf(accountId)).balance, 1_000_001);

  const lone = await bank.person('agent');
  const parts = [];
  for (const name of ['S1', 'S2']) {
    const part = await upload(pacs008(message(), [{ endToEndId: name, amount: '6000.00', iban }]));
    parts.push((await bank.approve(lone, part.body.id)).body.status);
  }
  t.deepEqual(parts, ['posted', 'approved']);
});

test('what can’t be credited goes to suspense, and another agent approves what becomes of it', async (t) => {
  const { id: accountId, iban } = await newAccount();
  const closed = await newAccount();
  const close = await bank.client.post(`/api/accounts/${closed.id}/close`, undefined, {
    token: member.token,
  });
  await bank.approve(other, close.body.id);
  const renewed = await newAccount();
  const renewal = await bank.client.post(`/api/accounts/${renewed.id}/rib`, undefined, {
    token: member.token,
  });
  await bank.approve(other, renewal.body.id);
  const id = await received([
    { endToEndId: 'X1', iban: 'FR7630006000011234567890189' },
    { endToEndId: 'X2', iban: closed.iban },
    { endToEndId: 'X3', iban: renewed.iban },
    { endToEndId: 'X4', iban },
  ]);
  const items = await itemsOf(id);
  t.deepEqual(
    items.map(({ status, reason }: { status: string; reason: string }) => [status, reason]),
    [
      ['suspense', 'account_not_found'],
      ['suspense', 'account_not_open'],
      ['suspense', 'retired_rib'],
      ['credited', null],
    ],
  );
  const queue = await bank.client.get('/api/payments/suspense?limit=200', { token: agent.token });
  t.true(
    items
      .slice(0, 3)
      .every((item: { id: string }) => queue.body.items.some((one: { id: string }) => one.id === item.id)),
  );
  const resolve = (item: { id: string }, how: string, body: object, by = agent) =>
    bank.client.post(`/api/payments/suspense/${item.id}/${how}`, body, { token: by.token });

  const assigned = await resolve(items[0], 'assign', { account_id: accountId });
  t.is(assigned.status, 201, assigned.text);
  t.like(assigned.body, { type: 'suspense_assignment', amount: 10_000, account_id: accountId });
  t.is(
    (await resolve(items[0], 'return', { reason: 'No such account' }, other)).body.code,
    'already_requested',
  );
  t.is((await bank.approve(agent, assigned.body.id)).body.code, 'not_your_own_request');
  const before = (await accountOf(accountId)).balance;
  t.is((await bank.approve(other, assigned.body.id)).body.status, 'posted');
  t.is((await accountOf(accountId)).balance, before + 10_000);
  t.is((await resolve(items[0], 'return', { reason: 'Twice' })).body.code, 'not_in_suspense');

  const returned = await resolve(items[1], 'return', { reason: 'The account is closed' });
  t.is((await bank.approve(other, returned.body.id)).body.status, 'posted');
  // One that was refused may be requested again.
  const refused = await resolve(items[2], 'assign', { account_id: renewed.id });
  await bank.client.post(
    `/api/operations/${refused.body.id}/reject`,
    { reason: 'No' },
    { token: other.token },
  );
  t.is((await resolve(items[2], 'assign', { account_id: closed.id })).body.code, 'account_not_open');
  t.is((await resolve(items[2], 'assign', { account_id: randomUUID() })).body.code, 'account_not_found');
  t.is((await resolve(items[2], 'assign', { account_id: renewed.id })).status, 201);
  t.deepEqual(
    (await itemsOf(id)).map(({ status, account_id }: { status: string; account_id: string }) => [
      status,
      account_id,
    ]),
    [
      ['assigned', accountId],
      ['returned', null],
      ['suspense', null],
      ['credited', accountId],
    ],
  );
});

test('a reversed credit, and a reversed assignment, wait in suspense again', async (t) => {
  const { id: accountId, iban } = await newAccount();
  const id = await received([{ endToEndId: 'V1', iban }]);
  const [item] = await itemsOf(id);
  const reverse = async (transferId: string) => {
    const asked = await bank.client.post(
      '/api/operations',
      { type: 'reversal', transfer_id: transferId, reason: 'Wrong account' },
      { token: agent.token },
    );
    t.is(asked.status, 201, asked.text);
    t.is((await bank.approve(other, asked.body.id)).body.status, 'posted');
  };
  await reverse(item.id);
  t.is((await accountOf(accountId)).balance, 0);
  t.like((await itemsOf(id))[0], { status: 'suspense', reason: 'reversed', account_id: null });
  const assign = async () => {
    const asked = await bank.client.post(
      `/api/payments/suspense/${item.id}/assign`,
      { account_id: accountId },
      { token: agent.token },
    );
    t.is(asked.status, 201, asked.text);
    t.is((await bank.approve(other, asked.body.id)).body.status, 'posted');
    return asked.body.id;
  };
  await reverse(await assign());
  t.like((await itemsOf(id))[0], { status: 'suspense', reason: 'reversed' });
  await reconciles(t);
  await assign();
  t.is((await accountOf(accountId)).balance, 10_000);
  const file = await bank.client.post(
    '/api/operations',
    { type: 'reversal', transfer_id: id, reason: 'All of it' },
    { token: agent.token },
  );
  t.is(file.body.code, 'not_reversible');
});

test('a payment in suspense is not reversed, before and after it is assigned: its money lies with the bank', async (t) => {
  const { id: accountId } = await newAccount();
  const id = await received([{ endToEndId: 'S1' }]);
  const [item] = await itemsOf(id);
  t.is(item.status, 'suspense');
  const reverse = () =>
    bank.client.post(
      '/api/operations',
      { type: 'reversal', transfer_id: item.id, reason: 'Wrong' },
      { token: agent.token },
    );
  t.is((await reverse()).body.code, 'not_reversible');
  const assigned = await bank.client.post(
    `/api/payments/suspense/${item.id}/assign`,
    { account_id: accountId },
    { token: agent.token },
  );
  await bank.approve(other, assigned.body.id);
  t.is((await accountOf(accountId)).balance, 10_000);
  t.is((await reverse()).body.code, 'not_reversible');
  await reconciles(t);
});

test('a return gives a transfer back to its payer, with the reason, and only once', async (t) => {
  const { id: accountId } = await newAccount(member, 50_000);
  const asked = await bank.client.post(
    '/api/operations',
    {
      type: 'external_transfer',
      from_account_id: accountId,
      to: { name: 'Anna', iban: 'NL91ABNA0417164300' },
      amount: 12_000,
    },
    { token: member.token },
  );
  await bank.approve(agent, asked.body.id);
  t.is((await accountOf(accountId)).balance, 38_000);
  const endToEndId = asked.body.id.replaceAll('-', '');
  const unsent = await payElsewhere(t, bank, agent, { person: member, account: accountId }, { amount: 900 });
  const early = await upload(
    pacs004(message(), [{ endToEndId: unsent.replaceAll('-', ''), amount: '9.00' }]),
    agent,
    { path: 'returns' },
  );
  await bank.approve(other, early.body.id);
  t.like(
    (await itemsOf(early.body.id))[0],
    { status: 'suspense', reason: 'transfer_not_found' },
    'it never left',
  );
  await reconciles(t);
  const batch = await bank.client.post('/api/payments/batches', {}, { token: agent.token });
  const back = await upload(
    pacs004(message(), [
      { endToEndId, amount: '120.00', reason: 'AC01' },
      { endToEndId, amount: '119.00' },
      { endToEndId: 'UNKNOWN', amount: '5.00' },
    ]),
    agent,
    { path: 'returns' },
  );
  t.is(back.status, 202, back.text);
  t.is(back.body.type, 'returned_payments');
  await bank.approve(other, back.body.id);
  t.is((await accountOf(accountId)).balance, 49_100);
  t.deepEqual(
    (await itemsOf(back.body.id)).map(({ status, reason }: { status: string; reason: string }) => [
      status,
      reason,
    ]),
    [
      ['returned', null],
      ['suspense', 'transfer_not_found'],
      ['suspense', 'transfer_not_found'],
    ],
  );
  const shown = await bank.client.get(`/api/operations/${asked.body.id}`, { token: member.token });
  t.truthy(shown.body.reversed_by_transfer_id);
  t.like(shown.body, {
    payment_status: 'returned',
    batch_id: null,
    batched_at: batch.body.created_at,
    sent_at: null,
    settled_at: null,
    reversed_at: bank.time.now.toISOString(),
  });
  const { transfers } = (
    await bank.client.get(`/api/payments/batches/${batch.body.id}`, { token: agent.token })
  ).body;
  t.is(
    transfers.find((one: { operation_id: string }) => one.operation_id === asked.body.id).status,
    'returned',
  );
  await reconciles(t);
  // The other bank had the money, whenever an agent says so.
  for (const step of ['sent', 'settled'])
    await bank.client.post(`/api/payments/batches/${batch.body.id}/${step}`, undefined, {
      token: agent.token,
    });
  await reconciles(t);
  const reversal = { type: 'reversal', transfer_id: shown.body.reversed_by_transfer_id, reason: 'Again' };
  const twice = await bank.client.post('/api/operations', reversal, { token: agent.token });
  t.is(twice.body.code, 'not_reversible');
  const again = await upload(
    camt054(message(), [{ endToEndId, amount: '120.00' }], { reason: 'AC01' }),
    agent,
    { path: 'returns' },
  );
  t.is(again.body.amount, 0, 'it came before');
});

test('a payment of a file is posted once, however often and wherever a process dies', async (t) => {
  const { id: accountId, iban } = await newAccount();
  const COUNT = 700;
  const sent = await upload(
    pacs008(
      message(),
      Array.from({ length: COUNT }, (_, index) => ({ endToEndId: `K${index}`, amount: '0.01', iban })),
    ),
  );
  const mortal = await bank.replica();
  const approval = mortal.client
    .post(`/api/operations/${sent.body.id}/approve`, undefined, { token: other.token })
    .catch(() => null);
  await new Promise((resolve) => setTimeout(resolve, 60));
  mortal.crash();
  await approval;
  await bank.approve(other, sent.body.id);
  const replicas = await Promise.all([bank.replica(), bank.replica()]);
  await Promise.all([postItems(bank.deps), ...replicas.map(({ deps }) => postItems(deps))]);
  await Promise.all(replicas.map((one) => one.close()));
  t.is((await accountOf(accountId)).balance, COUNT);
  const [{ n }] = (await queryOnce(
    bank.deps.db,
    select<{ n: bigint }>(sql`SELECT COUNT(*) AS n FROM entries WHERE account_id = ${uuid(accountId)}`),
  )) as [{ n: bigint }];
  t.is(Number(n), COUNT);
});

const INVALID: Record<string, [file: string | Buffer, reason: RegExp]> = {
  'a DOCTYPE': [pacs008('E', [{}], '<!DOCTYPE Document [<!ENTITY x "y">]>'), /must not have a DOCTYPE/],
  'an external DTD': [
    pacs008('E', [{}], '<!DOCTYPE Document SYSTEM "http://169.254.169.254/x">'),
    /must not have a DOCTYPE/,
  ],
  'an unknown entity': [pacs008('E', [{ text: '&x;' }]), /well-formed/],
  'another encoding': [Buffer.from(pacs008('E', [{ name: 'Hélène' }]), 'latin1'), /UTF-8/],
  'UTF-16': [Buffer.from(pacs008('E', [{}]), 'utf16le'), /UTF-8|well-formed/],
  'a declared encoding': [pacs008('E', [{}]).replace('UTF-8', 'ISO-8859-1'), /UTF-8/],
  'an element without an end': [pacs008('E', [{}]).slice(0, -20), /well-formed/],
  'another message': [
    pacs008('E', [{}]).replace('pacs.008.001.08', 'pacs.008.001.02'),
    /isn’t a camt\.054\.001\.08 or pacs\.008\.001\.08/,
  ],
  'no message id': [pacs008('', [{}]), /no message id/],
  'no payments': [pacs008('E', []).replace('<NbOfTxs>0</NbOfTxs>', ''), /no payments|no valid amount/],
  'a wrong number of payments': [
    pacs008('E', [{}]).replace('<NbOfTxs>1<', '<NbOfTxs>2<'),
    /says that it has 2 payments/,
  ],
  'a wrong sum': [pacs008('E', [{}]).replace('EUR">100.00</Ttl', 'EUR">100.01</Ttl'), /control sum/],
  'a fraction of a cent': [pacs008('E', [{ amount: '1.001' }]), /no valid amount/],
  'no amount': [pacs008('E', [{ amount: '' }]), /amount/],
  'a negative amount': [pacs008('E', [{ amount: '-5.00' }]), /no valid amount/],
  'several currencies': [pacs008('E', [{}, { currency: 'USD' }]), /several currencies/],
  'a currency that the bank lacks': [
    pacs008('E', [{ currency: 'XTS' }]).replace('Ccy="EUR"', 'Ccy="XTS"'),
    /currency/,
  ],
  'a return': [camt054('E', [{ endToEndId: 'A' }], { reason: 'AC01' }), /return of a payment/],
  'entries that don’t add up': [
    camt054('E', [{}]).replace(
      '<Amt Ccy="EUR">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>',
      '<Amt Ccy="EUR">99.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>',
    ),
    /don’t add up/,
  ],
  'an entry that isn’t booked': [camt054('E', [{}]).replaceAll('BOOK', 'PDNG'), /isn’t booked/],
  'elements nested too deeply': [
    `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08">${'<a>'.repeat(60)}${'</a>'.repeat(60)}</Document>`,
    /nested too deeply/,
  ],
  'too many attributes': [
    pacs008('E', [{}]).replace(
      '<GrpHdr>',
      `<GrpHdr ${Array.from({ length: 40 }, (_, index) => `a${index}="1"`).join(' ')}>`,
    ),
    /too many attributes/,
  ],
  'too many control sums': [
    pacs008('E', [{}]).replace('<NbOfTxs>', `${'<CtrlSum>0</CtrlSum>'.repeat(1_001)}<NbOfTxs>`),
    /too many control sums/,
  ],
  'a text that is too long': [pacs008('E', [{ text: 'x'.repeat(5_000) }]), /too long/],
  nothing: ['', /well-formed|no message id|isn’t/],
};
for (const [what, [file, reason]] of Object.entries(INVALID)) {
  test(`a file with ${what} is refused, with the line`, async (t) => {
    const { status, body } = await upload(file);
    t.is(status, 422, JSON.stringify(body));
    t.is(body.code, 'invalid_file');
    t.regex(body.errors[0].path, /^line \d+$/);
    t.regex(body.errors[0].message, reason);
  });
}

test.serial('the ledger is intact after all of this', async (t) => {
  const { checks } = await reconcile(bank.deps.db, bank.time.now);
  t.deepEqual(
    checks.filter(({ ok }) => !ok),
    [],
  );
});

test('only agents with the scope handle files, and a file has its type and its size', async (t) => {
  const file = pacs008(message(), [{}]);
  t.is((await upload(file, member)).status, 403);
  const weak = { ...agent, token: bank.token('agent', agent, ['operations:decide']) };
  t.is((await upload(file, weak)).body.code, 'insufficient_scope');
  const json = await bank.client.post('/api/payments/incoming', { a: 1 }, { token: agent.token });
  t.is(json.status, 415);
  const huge = await upload(Buffer.alloc(33 * 1024 * 1024, ' '));
  t.is(huge.status, 413);
  t.is(
    (await bank.client.get(`/api/payments/incoming/${randomUUID()}/items`, { token: agent.token })).status,
    404,
  );
});
