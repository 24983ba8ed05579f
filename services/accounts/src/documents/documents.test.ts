import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { extractText, getDocumentProxy } from 'unpdf';
import { openTestBank, type TestBank, type TestPerson } from '../fixtures.ts';
import { balanceAt, type ShownEntry } from '../ledger/history-store.ts';
import type { Statement } from './statement.ts';
import { drawStatement } from './statement-pdf.ts';

const test = anyTest as TestFn<{ test: TestBank; agent: TestPerson; zoe: TestPerson; account: string }>;

test.before(async (t) => {
  const bank = await openTestBank();
  const [agent, zoe] = [await bank.person('agent'), await bank.person('member', 'Zoé Lefèvre-Œuvrard')];
  t.context = { test: bank, agent, zoe, account: await bank.account(zoe, agent, 123_456) };
});
test.after.always((t) => t.context.test.close());

/** The pages of a PDF of the bank, as text. */
async function fetchPdf(
  t: ExecutionContext<{ test: TestBank }>,
  path: string,
  person: TestPerson,
  language = 'en',
) {
  const reply = await fetch(t.context.test.client.origin + path, {
    headers: { authorization: `Bearer ${person.token}`, 'accept-language': language },
  });
  t.is(reply.status, 200);
  t.is(reply.headers.get('content-type'), 'application/pdf');
  const document = await getDocumentProxy(new Uint8Array(await reply.arrayBuffer()));
  const { text } = await extractText(document, { mergePages: false });
  const { info } = await document.getMetadata();
  return {
    pages: text.map((page) => page.replace(/\s+/g, ' ')),
    info: info as Record<string, string>,
    reply,
  };
}

test('a PDF statement names the bank, the holder and the account, and lists everything from the opening to the closing balance', async (t) => {
  const { zoe, account } = t.context;
  const { pages, info, reply } = await fetchPdf(
    t,
    `/api/accounts/${account}/statement?month=2026-10&format=pdf`,
    zoe,
  );
  const { body } = await t.context.test.client.get(`/api/accounts/${account}`, { token: zoe.token });
  t.is(pages.length, 1);
  for (const words of [
    'Account statement October 2026',
    'Zoé Lefèvre-Œuvrard',
    body.iban.replace(/(.{4})(?=.)/g, '$1 '),
    'GUICFRPPXXX',
    'Opening balance €0.00',
    'Money in €1,234.56',
    'Closing balance €1,234.56',
    '15/10/2026 Cash deposit 1,234.56 1,234.56',
    'Page 1 of 1',
  ]) {
    t.true(pages[0]?.includes(words), `${words} in ${pages[0]}`);
  }
  t.like(info, { Title: 'Account statement · October 2026', Author: 'Guichet', Language: 'en' });
  t.is(reply.headers.get('content-disposition'), 'attachment; filename="statement-2026-10.pdf"');
});

test('a statement is written in the reader’s language', async (t) => {
  const { zoe, account } = t.context;
  const path = `/api/accounts/${account}/statement?format=pdf`;
  const { pages, reply } = await fetchPdf(t, path, zoe, 'tlh, fr-CH;q=0.9, en;q=0.5');
  t.is(reply.headers.get('content-language'), 'fr');
  for (const words of [
    'Relevé de compte Octobre 2026',
    'Solde initial 0,00 €',
    'Dépôt d’espèces 1 234,56',
    'Page 1 sur 1',
  ]) {
    t.true(pages[0]?.includes(words), `${words} in ${pages[0]}`);
  }
  t.is((await fetchPdf(t, path, zoe, 'tlh')).reply.headers.get('content-language'), 'en');
});

test('a long month has several pages, each with its number and the balance brought forward, and matches JSON and CSV', async (t) => {
  const { test: bank, agent } = t.context;
  const alice = await bank.person('member', 'Łukasz Żółć');
  const id = await bank.account(alice, agent);
  await postMany(bank, alice, agent, id, 75);
  const path = `/api/accounts/${id}/statement`;
  const { pages } = await fetchPdf(t, `${path}?format=pdf`, alice);
  const json = (await bank.client.get(path, { token: alice.token })).body;
  const csv = (await bank.client.get(`${path}?format=csv`, { token: alice.token })).text;
  t.true(pages.length > 1);
  t.is(json.entries.length, 75);
  t.is(csv.trim().split('\r\n').length, 76);
  t.is(json.closing_balance, (75 * 76) / 2);
  let [seen, balance] = [0, 0];
  for (const [index, page] of pages.entries()) {
    t.true(page.includes(`Page ${index + 1} of ${pages.length}`));
    if (index > 0) t.true(page.includes(`Brought forward ${money(balance)}`), `${money(balance)} in ${page}`);
    const amounts = [...page.matchAll(/\d\d\/10\/2026 Cash deposit (?:Pay \d+ )?([\d,.]+) ([\d,.]+)/g)];
    for (const [, amount, after] of amounts) {
      seen += 1;
      balance += seen;
      t.deepEqual([amount, after], [money(seen), money(balance)]);
    }
  }
  t.is(seen, 75);
  t.true(pages.at(-1)?.includes(`Closing balance ${money(balance)}`));
});

test('each entry is in exactly one month, whatever times two replicas recorded', async (t) => {
  const bank = await openTestBank();
  const [agent, alice] = [await bank.person('agent'), await bank.person('member')];
  // The end of October in Paris.
  const midnight = Date.parse('2026-10-31T23:00:00.000Z');
  bank.time.now = new Date('2026-10-30T10:00:00.000Z');
  const id = await bank.account(alice, agent);
  for (const offset of [-20, 5, -3, 1, 40]) {
    bank.time.now = new Date(midnight + offset);
    await postMany(bank, alice, agent, id, 1);
  }
  const month = async (name: string) =>
    (await bank.client.get(`/api/accounts/${id}/statement?month=${name}`, { token: alice.token })).body;
  const [october, november] = [await month('2026-10'), await month('2026-11')];
  t.deepEqual([october.entries.length, november.entries.length], [3, 2]);
  t.is(october.closing_balance, november.opening_balance);
  t.is(november.closing_balance, november.opening_balance + 2);
  t.is(await balanceAt(bank.deps.db, id, new Date(midnight - 1)), 3n);
  const december = await month('2026-12');
  t.like(december, { opening_balance: 5, closing_balance: 5, entries: [] });
  await bank.close();
});

test('a statement is streamed while it is drawn: the unsent part does not grow with the month', async (t) => {
  const { rules } = t.context.test.deps;
  const from = rules.calendar.month('2026-10').from;
  let read = 0;
  const entry = {
    kind: 'deposit',
    amountMinor: 1n,
    postedAt: from,
    counterpartyName: 'Zoé',
    balanceAfterMinor: 1n,
  };
  const none = { counterpartyIban: null, reference: null, reversedByTransferId: null };
  const statement = {
    account: { ownerName: 'Zoé', name: 'Everyday', type: 'current', currency: 'EUR', iban: null },
    period: { from, to: from },
    issuedAt: from,
    openingMinor: 0n,
    closingMinor: 3_000n,
    async *entries() {
      for (read = 0; read < 3_000; read += 1) yield { ...entry, ...none } as unknown as ShownEntry;
    },
  } as unknown as Statement;
  let [pieces, largest, readBefore] = [0, 0, 0];
  for await (const piece of drawStatement(statement, rules, 'fr')) {
    pieces += 1;
    // The last chunk contains the fonts.
    if (read < 3_000) {
      largest = Math.max(largest, piece.length);
      t.true(read - readBefore < 60, `${read - readBefore} entries in one chunk`);
    }
    readBefore = read;
  }
  t.true(pieces > 80, `${pieces} pieces`);
  t.true(largest < 20_000, `${largest} bytes`);
});

test('the RIB slip has the French layout, in both languages', async (t) => {
  const { test: bank, zoe, agent, account } = t.context;
  const { rib, iban } = (await bank.client.get(`/api/accounts/${account}`, { token: zoe.token })).body;
  const french = await fetchPdf(t, `/api/accounts/${account}/rib.pdf`, zoe, 'fr');
  const english = await fetchPdf(t, `/api/accounts/${account}/rib.pdf`, agent);
  for (const { pages } of [french, english]) {
    t.is(pages.length, 1);
    for (const words of [rib.bank, rib.branch, rib.number, rib.key, 'GUICFRPPXXX', 'Zoé Lefèvre-Œuvrard'])
      t.true(pages[0]?.includes(words), `${words} in ${pages[0]}`);
    t.true(pages[0]?.includes(iban.replace(/(.{4})(?=.)/g, '$1 ')), pages[0]);
  }
  t.true(french.pages[0]?.includes('Relevé d’identité bancaire'));
  t.true(french.pages[0]?.includes('Domiciliation Guichet · code guichet 00001'));
  t.true(english.pages[0]?.includes('Bank account details (RIB)'));
});

test('names in every script are readable in the statement and on the slip', async (t) => {
  const { test: bank, agent } = t.context;
  const names = ['محمد علي', 'דוד לוי', '小明 王', 'สมชาย ใจดี', 'राम कमल', '민수 김', 'Zoé 😀'];
  for (const name of names) {
    const owner = await bank.person('member', name);
    const account = await bank.account(owner, agent, 100);
    for (const path of ['statement?format=pdf', 'rib.pdf']) {
      const { pages } = await fetchPdf(t, `/api/accounts/${account}/${path}`, owner);
      for (const word of name.split(' ')) t.true(pages[0]?.includes(word), `${word} in ${pages[0]}`);
    }
  }
});

test('an account that is not open has no RIB slip', async (t) => {
  const { test: bank, zoe } = t.context;
  const { body } = await bank.client.post(
    '/api/accounts',
    { name: 'A', type: 'current' },
    { token: zoe.token },
  );
  const reply = await bank.client.get(`/api/accounts/${body.account_id}/rib.pdf`, { token: zoe.token });
  t.like(reply, { status: 409, body: { code: 'account_not_open' } });
  t.is((await fetchPdf(t, `/api/accounts/${body.account_id}/statement?format=pdf`, zoe)).pages.length, 1);
});

function money(minor: number): string {
  return (minor / 100).toLocaleString('en-GB', { minimumFractionDigits: 2 });
}

/** Deposits of 1, 2, 3 … cents, every seventh with a reference. */
async function postMany(bank: TestBank, owner: TestPerson, agent: TestPerson, id: string, count: number) {
  const items = [];
  for (let amount = 1; amount <= count; amount += 1) {
    const reference = amount % 7 === 0 ? { reference: `Pay ${amount}` } : {};
    const deposit = { type: 'deposit', account_id: id, amount, ...reference };
    const { body } = await bank.client.post('/api/operations', deposit, { token: owner.token });
    items.push({ id: body.id, decision: 'approve' });
  }
  await bank.client.post('/api/operations/decisions', { items }, { token: agent.token });
}
