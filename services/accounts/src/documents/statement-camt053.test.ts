import test, { type ExecutionContext } from 'ava';
import { SaxesParser } from 'saxes';
import { openTestBank, type TestPerson } from '../fixtures.ts';

/** The children of each element that is used, in the order of the schema camt.053.001.08; with `?` they may be missing, with `*` there may be several. */
const CHILDREN: Readonly<Record<string, string>> = {
  Document: 'BkToCstmrStmt',
  BkToCstmrStmt: 'GrpHdr Stmt',
  GrpHdr: 'MsgId CreDtTm',
  Stmt: 'Id CreDtTm FrToDt Acct Bal* Ntry*',
  FrToDt: 'FrDtTm ToDtTm',
  Acct: 'Id Ccy Nm Ownr? Svcr',
  Ownr: 'Nm',
  Svcr: 'FinInstnId',
  FinInstnId: 'BICFI',
  Bal: 'Tp Amt CdtDbtInd Dt',
  Tp: 'CdOrPrtry',
  CdOrPrtry: 'Cd',
  Ntry: 'NtryRef Amt CdtDbtInd RvslInd? Sts BookgDt ValDt AcctSvcrRef BkTxCd NtryDtls',
  Sts: 'Cd',
  BookgDt: 'DtTm',
  ValDt: 'Dt',
  BkTxCd: 'Domn Prtry',
  Domn: 'Cd Fmly',
  Fmly: 'Cd SubFmlyCd',
  Prtry: 'Cd',
  NtryDtls: 'TxDtls',
  TxDtls: 'Refs RltdPties? RmtInf?',
  Refs: 'EndToEndId',
  RltdPties: 'Dbtr? DbtrAcct? Cdtr? CdtrAcct?',
  Dbtr: 'Pty',
  Cdtr: 'Pty',
  Pty: 'Nm',
  DbtrAcct: 'Id',
  CdtrAcct: 'Id',
  RmtInf: 'Ustrd',
};
/** The schema's types of the elements with text. */
const TEXTS: Readonly<Record<string, RegExp>> = {
  MsgId: /^.{1,35}$/u,
  CreDtTm: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  FrDtTm: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  ToDtTm: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  DtTm: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  Dt: /^\d{4}-\d\d-\d\d$/,
  Id: /^.{1,35}$/u,
  IBAN: /^[A-Z]{2}\d{2}[A-Za-z0-9]{1,30}$/,
  Ccy: /^[A-Z]{3}$/,
  Nm: /^.{1,140}$/u,
  BICFI: /^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$/,
  Cd: /^.{1,35}$/,
  SubFmlyCd: /^[A-Z]{4}$/,
  Amt: /^\d{1,13}(\.\d{1,5})?$/,
  CdtDbtInd: /^(CRDT|DBIT)$/,
  RvslInd: /^true$/,
  NtryRef: /^.{1,35}$/,
  AcctSvcrRef: /^.{1,35}$/,
  EndToEndId: /^.{1,35}$/,
  Ustrd: /^.{1,140}$/u,
};

interface Element {
  name: string;
  children: Element[];
  text: string;
}

/** Parses a document, and holds it to the schema's rules for the elements that are used. */
function parse(t: ExecutionContext, document: string): Element {
  const root: Element = { name: '', children: [], text: '' };
  const open = [root];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ local, uri }) => {
    t.is(uri, 'urn:iso:std:iso:20022:tech:xsd:camt.053.001.08');
    const element = { name: local, children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('text', (text) => {
    const last = open.at(-1);
    if (last !== undefined) last.text += text;
  });
  parser.on('closetag', () => check(t, open.pop() as Element));
  parser.write(document).close();
  return root.children[0] as Element;
}

function check(t: ExecutionContext, { name, children, text }: Element): void {
  const names = children.map((one) => one.name);
  if (children.length === 0) {
    t.regex(text, TEXTS[name] ?? /^$/, name);
    return;
  }
  t.is(text.trim(), '', name);
  // Two elements have other children in other places.
  const allowed =
    name === 'Dt' ? 'Dt' : name === 'Id' ? (names[0] === 'IBAN' ? 'IBAN' : 'Othr') : CHILDREN[name];
  const pattern = (name === 'Othr' ? 'Id' : (allowed ?? 'unknown'))
    .split(' ')
    .map((one) => `(?:${one.replace(/[?*]$/, '')} )${/[?*]$/.exec(one)?.[0] ?? ''}`)
    .join('');
  t.regex(names.map((one) => `${one} `).join(''), new RegExp(`^${pattern}$`), name);
}

const at = (element: Element | undefined, path: string): string | undefined =>
  path
    .split('/')
    .reduce<Element | undefined>((one, name) => one?.children.find((child) => child.name === name), element)
    ?.text;

const bank = await openTestBank();
test.after.always(() => bank.close());

async function statement(t: ExecutionContext, account: string, month: string, { token }: TestPerson) {
  const reply = await fetch(
    `${bank.client.origin}/api/accounts/${account}/statement?month=${month}&format=camt053`,
    {
      headers: { authorization: `Bearer ${token}` },
    },
  );
  t.is(reply.status, 200);
  t.is(reply.headers.get('content-type'), 'application/xml; charset=utf-8');
  t.is(reply.headers.get('content-disposition'), `attachment; filename="statement-${month}.xml"`);
  const text = await reply.text();
  const [stmt] = parse(t, text).children.flatMap(({ children }) =>
    children.filter(({ name }) => name === 'Stmt'),
  );
  return {
    text,
    stmt,
    balances: (stmt?.children ?? [])
      .filter(({ name }) => name === 'Bal')
      .map((one) => [at(one, 'Tp/CdOrPrtry/Cd'), at(one, 'Amt'), at(one, 'CdtDbtInd'), at(one, 'Dt/Dt')]),
    entries: (stmt?.children ?? []).filter(({ name }) => name === 'Ntry'),
  };
}

test.serial('a month has its balances and each entry with its sides, in the schema’s order', async (t) => {
  bank.time.now = new Date('2026-10-15T10:00:00Z');
  const agent = await bank.person('agent');
  const zoe = await bank.person('member', 'Zoé "Z" <Lefèvre> & fils');
  const yann = await bank.person('member', 'Yann Le Gall');
  const [account, theirs] = [await bank.account(zoe, agent, 50_000), await bank.account(yann, agent)];
  const iban = async (id: string, { token }: TestPerson) =>
    (await bank.client.get(`/api/accounts/${id}`, { token })).body.iban;
  const send = async (body: object, by = zoe) => {
    const reply = await bank.client.post('/api/operations', body, { token: by.token });
    t.is(reply.status, 201, reply.text);
    await bank.approve(agent, reply.body.id);
    return reply.body.id;
  };
  const out = { type: 'external_transfer', from_account_id: account, amount: 1_234 };
  await send({
    ...out,
    to: { name: 'Bäckerei <&> Söhne', iban: 'DE89370400440532013000' },
    reference: 'A & B < C',
  });
  const within = await send({
    ...out,
    amount: 100,
    to: { name: 'Yann Le Gall', iban: await iban(theirs, yann) },
  });
  await send({ type: 'withdrawal', account_id: account, amount: 2_000 });
  const second = await bank.person('agent');
  const reversal = await bank.client.post(
    '/api/operations',
    { type: 'reversal', transfer_id: within, reason: 'By mistake' },
    { token: agent.token },
  );
  await bank.approve(second, reversal.body.id);

  const running = await statement(t, account, '2026-10', zoe);
  t.deepEqual(running.balances, [
    ['OPBD', '0.00', 'CRDT', '2026-10-01'],
    ['ITBD', '467.66', 'CRDT', '2026-10-15'],
  ]);
  const shown = running.entries.map((one) => [
    at(one, 'Amt'),
    at(one, 'CdtDbtInd'),
    at(one, 'BkTxCd/Domn/Fmly/Cd'),
    at(one, 'BkTxCd/Domn/Fmly/SubFmlyCd'),
    at(one, 'NtryDtls/TxDtls/RltdPties/Cdtr/Pty/Nm') ??
      at(one, 'NtryDtls/TxDtls/RltdPties/Dbtr/Pty/Nm') ??
      null,
    at(one, 'RvslInd') ?? null,
  ]);
  t.deepEqual(shown, [
    ['500.00', 'CRDT', 'CNTR', 'CDPT', null, null],
    ['12.34', 'DBIT', 'ICDT', 'ESCT', 'Bäckerei <&> Söhne', null],
    ['1.00', 'DBIT', 'ICDT', 'BOOK', 'Yann Le Gall', null],
    ['20.00', 'DBIT', 'CNTR', 'CWDL', null, null],
    ['1.00', 'CRDT', 'ICDT', 'RRTN', 'Yann Le Gall', 'true'],
  ]);
  t.is(at(running.entries[1], 'NtryDtls/TxDtls/RmtInf/Ustrd'), 'A & B < C');
  t.is(at(running.stmt, 'Acct/Ownr/Nm'), 'Zoé "Z" <Lefèvre> & fils');
  t.is(at(running.stmt, 'Id'), `${await iban(account, zoe)}-2026-10`);

  bank.time.now = new Date('2026-11-20T10:00:00Z');
  const closed = await statement(t, account, '2026-10', zoe);
  t.deepEqual(closed.balances[1], ['CLBD', '467.66', 'CRDT', '2026-10-31']);
  t.is(at(closed.stmt, 'Id'), at(running.stmt, 'Id'));
  const received = await statement(t, theirs, '2026-10', yann);
  t.is(at(received.entries[0], 'NtryDtls/TxDtls/RltdPties/Dbtr/Pty/Nm'), 'Zoé "Z" <Lefèvre> & fils');
  t.deepEqual((await statement(t, theirs, '2026-11', yann)).entries, []);
});

test.serial(
  'an overdrawn balance is a debit, yen have no decimals, and names are cut to what the schema takes',
  async (t) => {
    bank.time.now = new Date('2026-10-15T10:00:00Z');
    const agent = await bank.person('agent');
    const long = `${'Ä'.repeat(99)} ${'𝒵'.repeat(100)}`;
    const member = await bank.person('member', long);
    const account = await bank.account(member, agent, 1_000, 'JPY');
    await bank.client.put(`/api/accounts/${account}/overdraft`, { amount: 5_000 }, { token: agent.token });
    const asked = await bank.client.post(
      '/api/operations',
      { type: 'withdrawal', account_id: account, amount: 3_000 },
      { token: member.token },
    );
    await bank.approve(agent, asked.body.id);
    const { balances, stmt } = await statement(t, account, '2026-10', member);
    t.deepEqual(balances[1], ['ITBD', '2000', 'DBIT', '2026-10-15']);
    t.is([...(at(stmt, 'Acct/Ownr/Nm') ?? '')].length, 140);
  },
);
