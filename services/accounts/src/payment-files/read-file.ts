import { PAYMENT_FILE_ITEMS_MAX } from '@guichet/contract';
import { CURRENCIES, type Currency, MAX_AMOUNT_MINOR, minorDigits } from '@guichet/money';
import { type FilePayment, NOT_PROVIDED, type PaymentFile } from './payment-file.ts';
import type { FileKind } from './plan-file.ts';
import { InvalidFile, readXml } from './read-xml.ts';

/** The elements of a message of ISO 20022 that the bank reads, by their paths below the message. */
interface MessageForm {
  namespace: string;
  /** The element that has everything else. */
  message: string;
  /** A group of payments with its own amount and, in camt.054, its direction; null if the message has none. */
  entry: string | null;
  payment: string;
  amount: readonly string[];
  endToEndId: string;
  bankReferences: readonly string[];
  debtorNames: readonly string[];
  debtorIban: string;
  creditorIban: string;
  texts: readonly string[];
  returnReason: string | null;
  /** The number of payments, their sum, and the sum with its currency: controls that the file may have. */
  count: string;
  sum: string;
  total: string | null;
}

/** Names, numbers and texts of a party are where ISO 20022 has them in these versions (iso20022.org, message definition reports). */
const NAMESPACE = 'urn:iso:std:iso:20022:tech:xsd:';
const camt054: MessageForm = {
  namespace: `${NAMESPACE}camt.054.001.08`,
  message: 'BkToCstmrDbtCdtNtfctn',
  entry: 'Ntfctn/Ntry',
  payment: 'Ntfctn/Ntry/NtryDtls/TxDtls',
  amount: ['Amt', 'AmtDtls/TxAmt/Amt'],
  endToEndId: 'Refs/EndToEndId',
  bankReferences: ['Refs/UETR', 'Refs/TxId', 'Refs/AcctSvcrRef', 'Refs/InstrId'],
  debtorNames: ['RltdPties/Dbtr/Pty/Nm', 'RltdPties/Dbtr/Nm'],
  debtorIban: 'RltdPties/DbtrAcct/Id/IBAN',
  creditorIban: 'RltdPties/CdtrAcct/Id/IBAN',
  texts: ['RmtInf/Ustrd', 'RmtInf/Strd/CdtrRefInf/Ref'],
  returnReason: 'RtrInf/Rsn/Cd',
  count: 'Ntfctn/TxsSummry/TtlCdtNtries/NbOfNtries',
  sum: 'Ntfctn/TxsSummry/TtlCdtNtries/Sum',
  total: null,
};
const pacs008: MessageForm = {
  namespace: `${NAMESPACE}pacs.008.001.08`,
  message: 'FIToFICstmrCdtTrf',
  entry: null,
  payment: 'CdtTrfTxInf',
  amount: ['IntrBkSttlmAmt'],
  endToEndId: 'PmtId/EndToEndId',
  bankReferences: ['PmtId/UETR', 'PmtId/TxId', 'PmtId/InstrId'],
  debtorNames: ['Dbtr/Nm'],
  debtorIban: 'DbtrAcct/Id/IBAN',
  creditorIban: 'CdtrAcct/Id/IBAN',
  texts: ['RmtInf/Ustrd', 'RmtInf/Strd/CdtrRefInf/Ref'],
  returnReason: null,
  count: 'GrpHdr/NbOfTxs',
  sum: 'GrpHdr/CtrlSum',
  total: 'GrpHdr/TtlIntrBkSttlmAmt',
};
const pacs004: MessageForm = {
  namespace: `${NAMESPACE}pacs.004.001.09`,
  message: 'PmtRtr',
  entry: null,
  payment: 'TxInf',
  amount: ['RtrdIntrBkSttlmAmt'],
  endToEndId: 'OrgnlEndToEndId',
  bankReferences: ['RtrId', 'OrgnlTxId'],
  debtorNames: ['OrgnlTxRef/Cdtr/Pty/Nm', 'OrgnlTxRef/Cdtr/Nm'],
  debtorIban: 'OrgnlTxRef/CdtrAcct/Id/IBAN',
  creditorIban: 'OrgnlTxRef/DbtrAcct/Id/IBAN',
  texts: ['RtrRsnInf/AddtlInf'],
  returnReason: 'RtrRsnInf/Rsn/Cd',
  count: 'GrpHdr/NbOfTxs',
  sum: 'GrpHdr/CtrlSum',
  total: 'GrpHdr/TtlRtrdIntrBkSttlmAmt',
};

/** Why a payment can't be in a file of a kind; null if it can. */
const REFUSE_PAYMENT: Readonly<Record<FileKind, (payment: FilePayment) => string | null>> = {
  incoming_payments: ({ returnReason }) =>
    returnReason === null ? null : 'is the return of a payment, which is not received here',
  returned_payments({ endToEndId, returnReason }) {
    if (returnReason === null) return 'has no reason for a return';
    return endToEndId === NOT_PROVIDED ? 'names no payment' : null;
  },
};

/** Reads a camt.054.001.08 or pacs.008.001.08: payments that other banks made to accounts of this one. @throws InvalidFile */
export function readIncoming(bytes: Uint8Array): Promise<PaymentFile> {
  return readFile(bytes, [camt054, pacs008], REFUSE_PAYMENT.incoming_payments);
}

/** Reads a pacs.004.001.09, or a camt.054.001.08 whose credits all have the reason of a return. @throws InvalidFile */
export function readReturns(bytes: Uint8Array): Promise<PaymentFile> {
  return readFile(bytes, [pacs004, camt054], REFUSE_PAYMENT.returned_payments);
}

/** Reads a file of either kind: of a camt.054.001.08, its first credit says whether it has payments or returns. @throws InvalidFile */
export async function readEither(bytes: Uint8Array): Promise<{ kind: FileKind; file: PaymentFile }> {
  let kind: FileKind = 'incoming_payments';
  let isKnown = false;
  const file = await readFile(bytes, [camt054, pacs008, pacs004], (payment, form) => {
    if (!isKnown && (form === pacs004 || payment.returnReason !== null)) kind = 'returned_payments';
    isKnown = true;
    return REFUSE_PAYMENT[kind](payment);
  });
  return { kind, file };
}

/** The values of the elements of a payment or of the entry around it, by their paths below it. */
type Values = Map<string, Value>;

interface Value {
  text: string;
  attributes: Readonly<Record<string, string>>;
  line: number;
}

interface Entry {
  line: number;
  values: Values;
  payments: { values: Values; line: number }[];
}

const CONTROLS_MAX = 1_000;
const OF_ENTRY: readonly string[] = ['Amt', 'CdtDbtInd', 'Sts', 'Sts/Cd', 'AcctSvcrRef', 'NtryRef'];

/** The elements of a payment, and of an entry around it, that are read. */
function keptOf(form: MessageForm): readonly string[] {
  const { amount, endToEndId, bankReferences, debtorNames, debtorIban, creditorIban, texts } = form;
  const single = [endToEndId, debtorIban, creditorIban, form.returnReason ?? ''];
  return [...OF_ENTRY, ...amount, ...bankReferences, ...debtorNames, ...texts, ...single];
}

type RefusePayment = (payment: FilePayment, form: MessageForm) => string | null;

async function readFile(
  bytes: Uint8Array,
  forms: readonly MessageForm[],
  refusePayment: RefusePayment,
): Promise<PaymentFile> {
  const file = new FileReader(forms, refusePayment);
  await readXml(bytes, file);
  return file.finish();
}

/** Takes the payments of a file while it's read. */
class FileReader {
  readonly #forms: readonly MessageForm[];
  readonly #refusePayment: RefusePayment;
  #form: MessageForm | null = null;
  #prefix = '';
  #kept: ReadonlySet<string> = new Set();
  #entry: Entry | null = null;
  #payment: Entry['payments'][number] | null = null;
  #line = 1;
  #messageId: string | null = null;
  #counts: { count: number; line: number }[] = [];
  #sums: { sum: bigint; line: number }[] = [];
  #written: { text: string; line: number }[] = [];
  #currency: string | null = null;
  #entries = 0;
  readonly #payments: FilePayment[] = [];

  constructor(forms: readonly MessageForm[], refusePayment: RefusePayment) {
    this.#forms = forms;
    this.#refusePayment = refusePayment;
  }

  root(namespace: string, line: number): void {
    this.#form = this.#forms.find((form) => form.namespace === namespace) ?? null;
    if (this.#form === null) {
      const known = this.#forms.map((form) => form.namespace.slice(NAMESPACE.length));
      throw new InvalidFile(line, `isn’t a ${known.join(' or ')}`);
    }
    this.#prefix = `Document/${this.#form.message}/`;
    this.#kept = new Set(keptOf(this.#form));
  }

  opened(path: string): void {
    const form = this.#form as MessageForm;
    if (path === this.#prefix + (form.entry ?? form.payment)) {
      this.#entry = { line: 0, values: new Map(), payments: [] };
    }
    if (path === this.#prefix + form.payment) this.#payment = { values: new Map(), line: 0 };
  }

  closed(path: string, text: string, attributes: Readonly<Record<string, string>>, line: number): void {
    this.#line = line;
    const form = this.#form as MessageForm;
    if (!path.startsWith(this.#prefix)) return;
    const below = path.slice(this.#prefix.length);
    if (below === form.payment) this.#endPayment(line);
    if (below === (form.entry ?? form.payment)) this.#endEntry(line);
    else if (text !== '') this.#keep(below, { text, attributes, line });
  }

  #keep(below: string, value: Value): void {
    const form = this.#form as MessageForm;
    // What isn't read isn't kept: a payment may have any number of elements.
    const [values, around] =
      this.#payment === null ? [this.#entry?.values, form.entry ?? ''] : [this.#payment.values, form.payment];
    const path = below.slice(around.length + 1);
    if (values === undefined) this.#readHead(below, value);
    else if (this.#kept.has(path)) add(values, path, value, form);
  }

  /** One of some: a file may have any number of parts with their own controls. */
  #control<Control>(known: Control[], next: Control, line: number): void {
    if (known.length === CONTROLS_MAX) throw new InvalidFile(line, 'has too many control sums');
    known.push(next);
  }

  #readHead(path: string, { text, attributes, line }: Value) {
    const form = this.#form as MessageForm;
    if (path === 'GrpHdr/MsgId') {
      if (text.length > 35) throw new InvalidFile(line, 'has a message id of more than 35 characters');
      this.#messageId = clean(text, 35);
    }
    if (path === form.count) {
      if (!/^\d{1,15}$/.test(text)) throw new InvalidFile(line, 'has no valid number of payments');
      this.#control(this.#counts, { count: Number(text), line }, line);
    }
    // Its currency is known once the payments were read.
    if (path === form.sum) this.#control(this.#written, { text, line }, line);
    if (path === form.total)
      this.#control(this.#sums, { sum: this.#amount({ text, attributes, line }), line }, line);
  }

  #endPayment(line: number): void {
    if (this.#payment === null || this.#entry === null) return;
    this.#payment.line = line;
    this.#entry.payments.push(this.#payment);
    this.#payment = null;
    if (this.#payments.length + this.#entry.payments.length > PAYMENT_FILE_ITEMS_MAX)
      throw new InvalidFile(line, `has more than ${PAYMENT_FILE_ITEMS_MAX} payments`);
  }

  #endEntry(line: number): void {
    const entry = this.#entry;
    const form = this.#form as MessageForm;
    this.#entry = null;
    if (entry === null) return;
    if (form.entry === null) {
      for (const { values } of entry.payments) this.#take(values, line, null);
      return;
    }
    this.#takeNotified(entry, line);
  }

  /** An entry of camt.054: one amount, of one payment or of several. Debits are not the business of this file. */
  #takeNotified({ values, payments }: Entry, line: number): void {
    const direction = values.get('CdtDbtInd')?.text;
    if (direction !== 'CRDT' && direction !== 'DBIT')
      throw new InvalidFile(line, 'has an entry without CRDT or DBIT');
    if (direction === 'DBIT') return;
    if ((values.get('Sts/Cd') ?? values.get('Sts'))?.text !== 'BOOK')
      throw new InvalidFile(line, 'has an entry that isn’t booked');
    const amount = values.get('Amt');
    if (amount === undefined) throw new InvalidFile(line, 'has an entry without an amount');
    const totalMinor = this.#amount(amount);
    this.#entries += 1;
    const details = payments.length === 0 ? [{ values: new Map() as Values, line }] : payments;
    let sumMinor = 0n;
    for (const one of details) {
      const reference = values.get('AcctSvcrRef') ?? values.get('NtryRef');
      if (reference !== undefined && details.length === 1) one.values.set('entry', reference);
      sumMinor += this.#take(one.values, one.line, details.length === 1 ? amount : null);
    }
    if (sumMinor !== totalMinor)
      throw new InvalidFile(line, 'has an entry whose payments don’t add up to its amount');
  }

  /** @param amount of the entry around it, if it's the only payment there. @returns its amount */
  #take(values: Values, line: number, amount: Value | null): bigint {
    const form = this.#form as MessageForm;
    const of = (paths: readonly string[]) =>
      paths.map((path) => values.get(path)).find((value) => value !== undefined);
    const given = of(form.amount) ?? amount;
    if (given === null) throw new InvalidFile(line, 'has a payment without an amount');
    const payment: FilePayment = {
      endToEndId: clean(of([form.endToEndId])?.text, 35) ?? NOT_PROVIDED,
      bankReference: clean(of([...form.bankReferences, 'entry'])?.text, 36),
      amountMinor: this.#amount(given),
      debtorName: clean(of(form.debtorNames)?.text, 140),
      debtorIban: ibanOf(of([form.debtorIban])?.text),
      creditorIban: ibanOf(of([form.creditorIban])?.text),
      reference: clean(of(form.texts)?.text, 140),
      returnReason: form.returnReason === null ? null : clean(of([form.returnReason])?.text, 4),
    };
    const refusal = this.#refusePayment(payment, form);
    if (refusal !== null) throw new InvalidFile(line, `has a payment that ${refusal}`);
    this.#payments.push(payment);
    return payment.amountMinor;
  }

  /** @throws InvalidFile if it isn't an amount of the file's currency */
  #amount({ text, attributes, line }: Value): bigint {
    const currency = attributes.Ccy ?? '';
    if (!Object.hasOwn(CURRENCIES, currency))
      throw new InvalidFile(line, 'has an amount in a currency that the bank doesn’t have');
    this.#currency ??= currency;
    if (this.#currency !== currency) throw new InvalidFile(line, 'has amounts in several currencies');
    const minor = toMinor(text, currency as Currency);
    if (minor === null || minor === 0n)
      throw new InvalidFile(line, `has no valid amount: ${text.slice(0, 30)}`);
    return minor;
  }

  finish(): PaymentFile {
    const form = this.#form as MessageForm;
    const payments = this.#payments;
    const currency = this.#currency;
    if (this.#messageId === null) throw new InvalidFile(this.#line, 'has no message id');
    if (payments.length === 0 || currency === null) throw new InvalidFile(this.#line, 'has no payments');
    const totalMinor = payments.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
    const counted = form.entry === null ? payments.length : this.#entries;
    const count = this.#counts.reduce((sum, one) => sum + one.count, 0);
    const [firstCount] = this.#counts;
    if (firstCount !== undefined && count !== counted)
      throw new InvalidFile(firstCount.line, `says that it has ${count} payments, and has ${counted}`);
    for (const { sum, line } of this.#sums)
      if (sum !== totalMinor)
        throw new InvalidFile(line, 'has payments that don’t add up to its control sum');
    const [firstSum] = this.#written;
    if (firstSum !== undefined) {
      const sums = this.#written.map(({ text, line }) => {
        const minor = toMinor(text, currency as Currency);
        if (minor === null) throw new InvalidFile(line, 'has no valid control sum');
        return minor;
      });
      if (sums.reduce((sum, one) => sum + one, 0n) !== totalMinor)
        throw new InvalidFile(firstSum.line, 'has payments that don’t add up to its control sum');
    }
    if (totalMinor > MAX_AMOUNT_MINOR)
      throw new InvalidFile(this.#line, 'has a total above the maximum of an operation');
    return { messageId: this.#messageId, currency, totalMinor, payments };
  }
}

/** Keeps the first value of each path; the lines of a text are joined. */
function add(values: Values, path: string, value: Value, { texts }: MessageForm): void {
  const known = values.get(path);
  if (known === undefined) values.set(path, value);
  else if (texts.includes(path))
    values.set(path, { ...known, text: `${known.text} ${value.text}`.slice(0, 1_000) });
}

/** A decimal number in minor units; null if it's no number or has a fraction of them. */
function toMinor(text: string, currency: Currency): bigint | null {
  const digits = minorDigits(currency);
  const [, units = '', fraction = ''] = /^(\d{1,15})(?:\.(\d{1,10}))?$/.exec(text) ?? [];
  if (units === '' || /[1-9]/.test(fraction.slice(digits))) return null;
  return BigInt(units + fraction.slice(0, digits).padEnd(digits, '0'));
}

/** Without characters that are not text; null if nothing is left. */
function clean(text: string | undefined, length: number): string | null {
  const plain = (text ?? '').replace(/\p{C}/gu, '').replace(/\s+/gu, ' ').trim();
  const cut = Array.from(plain).slice(0, length).join('').trim();
  return cut === '' ? null : cut;
}

/** As it is written without spaces, whether it is valid or not; null if no IBAN could look like it. */
function ibanOf(text: string | undefined): string | null {
  const iban = (text ?? '').replace(/\s+/g, '').toUpperCase();
  return /^[A-Z]{2}[0-9A-Z]{2,32}$/.test(iban) ? iban : null;
}
