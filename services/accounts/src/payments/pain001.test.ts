import test, { type ExecutionContext } from 'ava';
import { SaxesParser } from 'saxes';
import { openTestBank, type TestPerson } from '../fixtures.ts';
import { epcText } from './epc-text.ts';
import { ELSEWHERE, payElsewhere } from './payments.fixture.ts';

/** The children of each element that is used, in the order of the schema pain.001.001.09; with `?` they may be missing, with `*` there may be several. */
const CHILDREN: Readonly<Record<string, string>> = {
  Document: 'CstmrCdtTrfInitn',
  CstmrCdtTrfInitn: 'GrpHdr PmtInf',
  GrpHdr: 'MsgId CreDtTm NbOfTxs CtrlSum InitgPty',
  InitgPty: 'Nm',
  PmtInf:
    'PmtInfId PmtMtd BtchBookg NbOfTxs CtrlSum PmtTpInf ReqdExctnDt Dbtr DbtrAcct DbtrAgt ChrgBr CdtTrfTxInf*',
  PmtTpInf: 'SvcLvl',
  SvcLvl: 'Cd',
  ReqdExctnDt: 'Dt',
  Dbtr: 'Nm',
  DbtrAcct: 'Id Ccy',
  DbtrAgt: 'FinInstnId',
  FinInstnId: 'BICFI',
  CdtTrfTxInf: 'PmtId Amt UltmtDbtr? Cdtr CdtrAcct RmtInf?',
  PmtId: 'EndToEndId',
  Amt: 'InstdAmt',
  UltmtDbtr: 'Nm',
  Cdtr: 'Nm',
  CdtrAcct: 'Id',
  Id: 'IBAN',
  RmtInf: 'Ustrd',
};
/** The types of the elements with text: the schema's, and shorter or fewer characters where the EPC's guidelines say so. */
const LATIN = "[A-Za-z0-9/?:().,'+ -]";
const TEXTS: Readonly<Record<string, RegExp>> = {
  MsgId: /^[0-9a-f]{32}$/,
  PmtInfId: /^[0-9a-f]{32}$/,
  EndToEndId: /^[0-9a-f]{32}$/,
  CreDtTm: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  NbOfTxs: /^\d{1,15}$/,
  CtrlSum: /^\d{1,15}\.\d{2}$/,
  Nm: new RegExp(`^${LATIN}{1,70}$`),
  Ustrd: new RegExp(`^${LATIN}{1,140}$`),
  PmtMtd: /^TRF$/,
  BtchBookg: /^true$/,
  Cd: /^SEPA$/,
  Dt: /^\d{4}-\d\d-\d\d$/,
  IBAN: /^[A-Z]{2}\d{2}[A-Z0-9]{1,30}$/,
  Ccy: /^EUR$/,
  BICFI: /^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$/,
  ChrgBr: /^SLEV$/,
  InstdAmt: /^\d{1,9}\.\d{2}$/,
};

interface Element {
  name: string;
  attributes: string;
  children: Element[];
  text: string;
}

/** Parses a file, and holds it to the rules for the elements that are used. */
function parse(t: ExecutionContext, document: string): Element {
  const root: Element = { name: '', attributes: '', children: [], text: '' };
  const open = [root];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ local, uri, attributes }) => {
    t.is(uri, 'urn:iso:std:iso:20022:tech:xsd:pain.001.001.09');
    const own = Object.values(attributes).filter(({ name }) => name !== 'xmlns');
    const element = {
      name: local,
      attributes: own.map(({ name, value }) => `${name}=${value}`).join(' '),
      children: [],
      text: '',
    };
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

function check(t: ExecutionContext, { name, attributes, children, text }: Element): void {
  t.is(attributes, name === 'InstdAmt' ? 'Ccy=EUR' : '', name);
  if (children.length === 0) {
    t.regex(text, TEXTS[name] ?? /^$/, name);
    return;
  }
  t.is(text.trim(), '', name);
  const pattern = (CHILDREN[name] ?? 'unknown')
    .split(' ')
    .map((one) => `(?:${one.replace(/[?*]$/, '')} )${/[?*]$/.exec(one)?.[0] ?? ''}`)
    .join('');
  t.regex(children.map((one) => `${one.name} `).join(''), new RegExp(`^${pattern}$`), name);
}

const at = (element: Element | undefined, path: string): string | undefined =>
  path
    .split('/')
    .reduce<Element | undefined>((one, name) => one?.children.find((child) => child.name === name), element)
    ?.text;

const bank = await openTestBank({ name: 'Banque & Fils', secondAgentAboveMinor: 10n ** 13n });
const agent = await bank.person('agent');
test.after.always(() => bank.close());

async function createBatch(t: ExecutionContext) {
  const reply = await bank.client.post('/api/payments/batches', {}, { token: agent.token });
  t.is(reply.status, 201, reply.text);
  return reply.body;
}

async function download(t: ExecutionContext, id: string, { token }: TestPerson = agent) {
  const reply = await fetch(`${bank.client.origin}/api/payments/batches/${id}/pain001.xml`, {
    headers: { authorization: `Bearer ${token}` },
  });
  t.is(reply.status, 200);
  t.is(reply.headers.get('content-type'), 'application/xml; charset=utf-8');
  t.is(reply.headers.get('content-disposition'), `attachment; filename="pain001-${id}.xml"`);
  return reply.text();
}

const transfersIn = (document: Element) =>
  (document.children[0]?.children[1]?.children ?? []).filter(({ name }) => name === 'CdtTrfTxInf');

test.serial(
  'the file of a batch has its transfers and sums, in the schema’s order and the EPC’s characters',
  async (t) => {
    // A Saturday: other banks can be paid on Monday.
    bank.time.now = new Date('2026-10-17T10:00:00Z');
    const zoe = await bank.person('member', 'Zoé "Z" <Lefèvre> & fils');
    const account = await bank.account(zoe, agent, 5_000_000);
    const from = { person: zoe, account };
    const first = await payElsewhere(t, bank, agent, from, {
      amount: 1_234,
      name: 'Bäckerei <&> Söhne',
      reference: 'Facture n° 12_34 //A & B; 50% @home 😀',
    });
    await payElsewhere(t, bank, agent, from, { amount: 999_999, name: 'محمد بن علي', reference: '東京 Ω' });
    await payElsewhere(t, bank, agent, from, { amount: 1, name: '🎉🎉', reference: '🎉' });
    await payElsewhere(t, bank, agent, from, {
      amount: 2,
      name: 'Ł'.repeat(139),
      reference: 'ß'.repeat(139),
    });
    const batch = await createBatch(t);
    const text = await download(t, batch.id);
    const document = parse(t, text);
    const [header, payment] = document.children[0]?.children ?? [];
    for (const part of [header, payment]) {
      t.is(at(part, 'NbOfTxs'), '4');
      t.is(at(part, 'CtrlSum'), '10012.36');
    }
    t.is(at(header, 'InitgPty/Nm'), 'Banque + Fils');
    t.is(at(header, 'CreDtTm'), '2026-10-17T10:00:00.000Z');
    t.is(at(payment, 'ReqdExctnDt/Dt'), '2026-10-19');
    t.is(at(payment, 'DbtrAcct/Id/IBAN'), bank.deps.rules.settlementIban);
    t.is(at(payment, 'DbtrAgt/FinInstnId/BICFI'), 'GUICFRPPXXX');
    const shown = transfersIn(document).map((one) => [
      at(one, 'Amt/InstdAmt'),
      at(one, 'Cdtr/Nm'),
      at(one, 'RmtInf/Ustrd') ?? null,
    ]);
    t.deepEqual(shown, [
      ['12.34', 'Backerei (+) Sohne', 'Facture ndeg 12-34 /A + B, 50. .home'],
      ['9999.99', "mhmd bn 'ly", 'DongJing O'],
      ['0.01', 'NOTPROVIDED', null],
      ['0.02', 'L'.repeat(70), 's'.repeat(140)],
    ]);
    const [one] = transfersIn(document);
    t.is(at(one, 'PmtId/EndToEndId'), first.replaceAll('-', ''));
    t.is(at(one, 'UltmtDbtr/Nm'), "Zoe 'Z' (Lefevre) + fils");
    t.is(at(one, 'CdtrAcct/Id/IBAN'), ELSEWHERE);

    bank.time.now = new Date('2026-10-20T10:00:00Z');
    await bank.client.post(`/api/payments/batches/${batch.id}/sent`, undefined, { token: agent.token });
    await bank.owner('people').update({ name: 'Another name' });
    Object.assign(bank.deps.rules, { name: 'Another bank', bic: 'OTHRFRPPXXX' });
    t.is(await download(t, batch.id), text, 'it is the same file whatever happens later');
  },
);

test.serial('texts are in the characters that every bank of SEPA takes', (t) => {
  t.is(epcText('a\u0000b\u001b[31mc\u202ed\u00ad', 70), 'a b (31mc d');
  t.is(epcText('//a//b/', 70), 'a/b');
  t.is(epcText('  Jean -  Luc  ', 70), 'Jean - Luc');
  t.is(epcText('👩🏽‍🚀 🇫🇷 ❤️', 70), null);
  t.is(epcText('', 70), null);
  t.is(epcText(`${'x'.repeat(69)} y`, 70), 'x'.repeat(69), 'never ends with a space');
  t.is(epcText('Łódź Ærø ŒUVRE Straße €', 70), 'Lodz Aero OeUVRE Strasse EUR');
  for (let code = 0; code < 0x3_0000; code += 1) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const text = epcText(`a${String.fromCodePoint(code)}b`, 140) ?? '';
    if (!/^a[A-Za-z0-9/?:().,'+ -]*b$/.test(text)) t.fail(`U+${code.toString(16)}: ${text}`);
  }
});
