import { newId } from '@guichet/database';
import { toDecimal } from '@guichet/money';
import type { BankRules } from '../deps.ts';
import type { ShownEntry } from '../ledger/history-store.ts';
import { isOurIban } from '../ribs/make-rib.ts';
import type { Statement } from './statement.ts';
import { type Xml, xml } from './xml.ts';

const NAMESPACE = 'urn:iso:std:iso:20022:tech:xsd:camt.053.001.08';
/** Max140Text of the schema: the longest name of a party, in characters. */
const NAME_LENGTH = 140;

/** A statement as ISO 20022 camt.053.001.08 (BankToCustomerStatementV08), entry by entry. */
export async function* writeStatementCamt053(statement: Statement, rules: BankRules): AsyncGenerator<string> {
  const { account, month, issuedAt, openingMinor, closingMinor, period } = statement;
  const issued = issuedAt.toISOString();
  const first = rules.calendar.dateOf(period.from);
  const last = rules.calendar.dateOf(new Date(period.to.getTime() - 1));
  const isOver = issuedAt >= period.to;
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="${NAMESPACE}"><BkToCstmrStmt>`;
  yield xml`<GrpHdr><MsgId>${compact(newId(issuedAt))}</MsgId><CreDtTm>${issued}</CreDtTm></GrpHdr>`.text;
  yield xml`<Stmt><Id>${statementId(account, month)}</Id><CreDtTm>${issued}</CreDtTm>`.text;
  yield xml`<FrToDt><FrDtTm>${period.from.toISOString()}</FrDtTm><ToDtTm>${period.to.toISOString()}</ToDtTm></FrToDt>`
    .text;
  yield xml`<Acct><Id>${accountNumber(account)}</Id><Ccy>${account.currency}</Ccy><Nm>${account.name}</Nm>${owner(account.ownerName)}<Svcr><FinInstnId><BICFI>${rules.bic}</BICFI></FinInstnId></Svcr></Acct>`
    .text;
  yield balance('OPBD', openingMinor, account.currency, first).text;
  // A month that isn't over has no closing balance yet.
  yield isOver
    ? balance('CLBD', closingMinor, account.currency, last).text
    : balance('ITBD', closingMinor, account.currency, rules.calendar.dateOf(issuedAt)).text;
  for await (const one of statement.entries()) yield entry(one, rules).text;
  yield '</Stmt></BkToCstmrStmt></Document>\n';
}

/** A UUID in 32 characters: identifications have at most 35. */
function compact(id: string): string {
  return id.replaceAll('-', '');
}

/** The same for each month of an account, however often it's written. */
function statementId({ iban, id }: Statement['account'], month: string): string {
  return iban === null ? compact(id) : `${iban}-${month}`;
}

function accountNumber({ iban, id }: Statement['account']): Xml {
  return iban === null ? xml`<Othr><Id>${compact(id)}</Id></Othr>` : xml`<IBAN>${iban}</IBAN>`;
}

function owner(name: string): Xml | null {
  return name === '' ? null : xml`<Ownr><Nm>${cut(name)}</Nm></Ownr>`;
}

function cut(name: string): string {
  return [...name].slice(0, NAME_LENGTH).join('');
}

function balance(code: 'OPBD' | 'CLBD' | 'ITBD', minor: bigint, currency: string, date: string): Xml {
  return xml`<Bal><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp>${amount(minor, currency)}<Dt><Dt>${date}</Dt></Dt></Bal>`;
}

/** Amounts have no sign: the direction is a field of its own. */
function amount(minor: bigint, currency: string): Xml {
  const absolute = minor < 0n ? -minor : minor;
  return xml`<Amt Ccy="${currency}">${toDecimal(absolute, currency)}</Amt><CdtDbtInd>${minor < 0n ? 'DBIT' : 'CRDT'}</CdtDbtInd>`;
}

function entry(one: ShownEntry, rules: BankRules): Xml {
  const { domain, family, code } = transactionCode(one, rules);
  const reversal = one.kind === 'reversal' ? xml`<RvslInd>true</RvslInd>` : null;
  const day = rules.calendar.dateOf(one.postedAt);
  return xml`<Ntry><NtryRef>${one.number}</NtryRef>${amount(one.amountMinor, one.currency)}${reversal}<Sts><Cd>BOOK</Cd></Sts><BookgDt><DtTm>${one.postedAt.toISOString()}</DtTm></BookgDt><ValDt><Dt>${day}</Dt></ValDt><AcctSvcrRef>${compact(one.transferId)}</AcctSvcrRef><BkTxCd><Domn><Cd>${domain}</Cd><Fmly><Cd>${family}</Cd><SubFmlyCd>${code}</SubFmlyCd></Fmly></Domn><Prtry><Cd>${one.kind}</Cd></Prtry></BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>${counterparty(one)}${remittance(one)}</TxDtls></NtryDtls></Ntry>`;
}

/** The other side: the creditor of what left the account, the debtor of what arrived. */
function counterparty({
  amountMinor,
  counterpartyName: name,
  counterpartyIban: iban,
}: ShownEntry): Xml | null {
  if (name === null && iban === null) return null;
  const who = name === null ? null : xml`<Pty><Nm>${cut(name)}</Nm></Pty>`;
  const number = iban === null ? null : xml`<Id><IBAN>${iban}</IBAN></Id>`;
  if (amountMinor < 0n)
    return xml`<RltdPties>${who && xml`<Cdtr>${who}</Cdtr>`}${number && xml`<CdtrAcct>${number}</CdtrAcct>`}</RltdPties>`;
  return xml`<RltdPties>${who && xml`<Dbtr>${who}</Dbtr>`}${number && xml`<DbtrAcct>${number}</DbtrAcct>`}</RltdPties>`;
}

function remittance({ reference }: ShownEntry): Xml | null {
  return reference === null || reference === '' ? null : xml`<RmtInf><Ustrd>${reference}</Ustrd></RmtInf>`;
}

/** The domain, family and sub-family, from ISO 20022's external code list of bank transactions. */
function transactionCode(
  one: ShownEntry,
  rules: BankRules,
): { domain: 'PMNT' | 'ACMT'; family: string; code: string } {
  const { kind, amountMinor } = one;
  // Of account management: interest that is paid, interest that is charged, fees.
  if (kind === 'interest') return { domain: 'ACMT', family: 'MCOP', code: 'INTR' };
  if (kind === 'overdraft_interest') return { domain: 'ACMT', family: 'MDOP', code: 'INTR' };
  if (kind === 'fee') return { domain: 'ACMT', family: 'MDOP', code: 'FEES' };
  return { domain: 'PMNT', ...paymentCode(one, amountMinor < 0n, rules) };
}

function paymentCode(
  { kind, currency, counterpartyIban }: ShownEntry,
  isDebit: boolean,
  rules: BankRules,
): { family: string; code: string } {
  if (kind === 'deposit') return { family: 'CNTR', code: 'CDPT' };
  if (kind === 'withdrawal') return { family: 'CNTR', code: 'CWDL' };
  // A reversal takes back what was received, or gives back what was sent.
  if (kind === 'reversal') return { family: isDebit ? 'RCDT' : 'ICDT', code: 'RRTN' };
  const family = isDebit ? 'ICDT' : 'RCDT';
  const isWithinBank = counterpartyIban === null || isOurIban(counterpartyIban, rules);
  return { family, code: isWithinBank ? 'BOOK' : currency === 'EUR' ? 'ESCT' : 'XBCT' };
}
