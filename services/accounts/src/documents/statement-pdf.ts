import type { Language } from '@guichet/contract';
import { formatIban, formatRib, ribFromIban } from '@guichet/iban';
import type { BankRules } from '../deps.ts';
import type { ShownEntry } from '../ledger/history-store.ts';
import { CONTENT_WIDTH, PAGE, Sheet } from './sheet.ts';
import type { Statement } from './statement.ts';
import { type Formats, formatsOf, WORDS, type Words } from './words.ts';

const LEFT = PAGE.margin;
const RIGHT = PAGE.width - PAGE.margin;
/** The right edges of the columns of figures, and their width. */
const FIGURES = { debit: RIGHT - 160, credit: RIGHT - 84, balance: RIGHT, width: 76 };
const LABEL = { x: LEFT + 58, width: FIGURES.debit - FIGURES.width - LEFT - 58 - 10 };
const TYPE = { first: 9, more: 7.75 };
const LEADING = { first: 12, more: 10 };
const ROW_PADDING = 9;
const LINE_ROW = LEADING.first + ROW_PADDING;
/** Where the rows begin on the first page and on later pages, and where they end. */
const ROWS = { first: 302, next: 104, end: PAGE.height - 76 };

interface Row {
  first: string[];
  more: string[];
  height: number;
}

/** The positions of the rows: page after page, each filled from the top. */
class Paging {
  page = 1;
  y = ROWS.first;
  /** Makes room for a row. @returns whether it needed a new page */
  place(height: number): boolean {
    const isFull = this.y + height > ROWS.end;
    if (isFull) {
      this.page += 1;
      // The balance brought forward comes first.
      this.y = ROWS.next + LINE_ROW;
    }
    this.y += height;
    return isFull;
  }
}

/**
 * A statement as PDF, streamed while it is drawn. The entries are read twice, once for the number of pages and the totals, and once to draw them, so
 * that the memory does not grow with the month.
 */
export async function* drawStatement(
  statement: Statement,
  rules: BankRules,
  language: Language,
): AsyncGenerator<Buffer> {
  const words = WORDS[language];
  const formats = formatsOf(language, rules.calendar.zone);
  const sheet = new Sheet({
    title: `${words.statement} · ${formats.month(statement.period.from)}`,
    author: rules.name,
    language,
    createdAt: statement.drawnUpAt,
  });
  await sheet.announce(statement.account.ownerName, statement.account.name, rules.name);
  const writer = new StatementWriter(sheet, statement, rules, words, formats);
  const plan = new Paging();
  let [creditsMinor, debitsMinor] = [0n, 0n];
  for await (const { amountMinor, ...entry } of statement.entries()) {
    await sheet.announce(entry.counterpartyName, entry.reference);
    plan.place(writer.rowOf({ amountMinor, ...entry }).height);
    if (amountMinor > 0n) creditsMinor += amountMinor;
    else debitsMinor += amountMinor;
  }
  plan.place(LINE_ROW);

  writer.heading(creditsMinor, debitsMinor);
  writer.footing(1, plan.page);
  const paging = new Paging();
  let balanceMinor = statement.openingMinor;
  for await (const entry of statement.entries()) {
    const row = writer.rowOf(entry);
    if (paging.place(row.height)) {
      writer.continuing(paging.page, plan.page, balanceMinor);
      yield await sheet.taken();
    }
    writer.entry(entry, row, paging.y - row.height);
    balanceMinor = entry.balanceAfterMinor ?? balanceMinor;
  }
  if (paging.place(LINE_ROW)) writer.continuing(paging.page, plan.page, balanceMinor);
  writer.closing(paging.y - LINE_ROW);
  yield await sheet.taken();
  yield await sheet.ended();
}

class StatementWriter {
  readonly #sheet: Sheet;
  readonly #statement: Statement;
  readonly #rules: BankRules;
  readonly #words: Words;
  readonly #formats: Formats;

  constructor(sheet: Sheet, statement: Statement, rules: BankRules, words: Words, formats: Formats) {
    this.#sheet = sheet;
    this.#statement = statement;
    this.#rules = rules;
    this.#words = words;
    this.#formats = formats;
  }

  /** The lines of an entry: its kind and the counterparty's name, the counterparty's IBAN, and the reference. */
  rowOf(entry: ShownEntry): Row {
    const kind = this.#words.kinds[entry.kind];
    const what = entry.counterpartyName === null ? kind : `${kind} · ${entry.counterpartyName}`;
    const undone = entry.reversedByTransferId === null ? '' : ` (${this.#words.reversed})`;
    const first = this.#sheet.wrap(what + undone, LABEL.width, TYPE.first);
    const more = [
      entry.counterpartyIban === null ? null : formatIban(entry.counterpartyIban),
      entry.reference,
    ].flatMap((text) => (text === null ? [] : this.#sheet.wrap(text, LABEL.width, TYPE.more)));
    const height = first.length * LEADING.first + more.length * LEADING.more + ROW_PADDING;
    return { first, more, height };
  }

  heading(creditsMinor: bigint, debitsMinor: bigint): void {
    const sheet = this.#sheet;
    const { account, period } = this.#statement;
    sheet.logo(LEFT, 46, 30);
    sheet.text(this.#rules.name, LEFT + 40, 50, { size: 17, weight: 'bold', fitWidth: 200 });
    sheet.text(this.#words.statement, RIGHT, 44, { size: 17, weight: 'bold', align: 'right' });
    const month = this.#formats.month(period.from);
    sheet.text(month, RIGHT, 67, { size: 11, colour: 'muted', align: 'right' });

    const middle = LEFT + CONTENT_WIDTH / 2;
    const rib = account.iban === null ? null : ribFromIban(account.iban);
    this.#fact(this.#words.holder, account.ownerName, LEFT, 108);
    this.#fact(this.#words.account, `${account.name} · ${this.#words.types[account.type]}`, LEFT, 144);
    this.#fact('IBAN', account.iban === null ? '–' : formatIban(account.iban), middle, 108);
    this.#fact('RIB', rib === null ? '–' : formatRib(rib), middle, 144);
    this.#fact('BIC', this.#rules.bic, RIGHT - 78, 144);

    sheet.box(LEFT, 190, CONTENT_WIDTH, 54, { fill: 'inset' });
    const cells = [
      [this.#words.opening, this.#statement.openingMinor],
      [this.#words.credits, creditsMinor],
      [this.#words.debits, debitsMinor],
      [this.#words.closing, this.#statement.closingMinor],
    ] as const;
    const width = CONTENT_WIDTH / cells.length;
    for (const [index, [label, amountMinor]] of cells.entries()) {
      const x = LEFT + index * width + 14;
      sheet.text(label, x, 201, { size: 8, colour: 'muted' });
      const isBalance = index === 0 || index === cells.length - 1;
      sheet.text(this.#formats.money(amountMinor, account.currency), x, 215, {
        size: 12.5,
        weight: isBalance ? 'bold' : 'regular',
        fitWidth: width - 22,
      });
    }
    this.#tableHead(ROWS.first - 32);
    if (
      this.#statement.openingMinor === this.#statement.closingMinor &&
      creditsMinor === 0n &&
      debitsMinor === 0n
    )
      sheet.text(this.#words.nothing, LABEL.x, ROWS.first - 14 + LINE_ROW * 2, {
        size: TYPE.first,
        colour: 'muted',
      });
  }

  /** Begins a later page: the statement it belongs to, the column headings, and the balance brought forward. */
  continuing(page: number, pages: number, balanceMinor: bigint): void {
    const sheet = this.#sheet;
    sheet.nextPage();
    const { account, period } = this.#statement;
    const month = this.#formats.month(period.from);
    sheet.text(`${this.#words.statement} · ${month}`, LEFT, 46, { size: 9.5, weight: 'bold' });
    const iban = account.iban === null ? '' : formatIban(account.iban);
    sheet.text(iban, RIGHT, 46, { size: 9, colour: 'muted', align: 'right' });
    this.#tableHead(ROWS.next - 32);
    const style = { size: TYPE.first, colour: 'muted' } as const;
    const y = ROWS.next + ROW_PADDING / 2 - 1;
    sheet.text(this.#words.broughtForward, LABEL.x, y, style);
    this.#figure(balanceMinor, FIGURES.balance, y, 'muted');
    sheet.rule(LEFT, ROWS.next + LINE_ROW, CONTENT_WIDTH);
    this.footing(page, pages);
  }

  entry(entry: ShownEntry, row: Row, top: number): void {
    const sheet = this.#sheet;
    const y = top + ROW_PADDING / 2 - 1;
    sheet.text(this.#formats.day(entry.postedAt), LEFT, y, { size: TYPE.first, colour: 'muted' });
    for (const [index, line] of row.first.entries()) {
      sheet.text(line, LABEL.x, y + index * LEADING.first, { size: TYPE.first });
    }
    const below = y + row.first.length * LEADING.first;
    for (const [index, line] of row.more.entries()) {
      sheet.text(line, LABEL.x, below + index * LEADING.more, { size: TYPE.more, colour: 'muted' });
    }
    const { amountMinor } = entry;
    if (amountMinor < 0n) this.#figure(-amountMinor, FIGURES.debit, y);
    else this.#figure(amountMinor, FIGURES.credit, y);
    this.#figure(entry.balanceAfterMinor ?? 0n, FIGURES.balance, y);
    sheet.rule(LEFT, top + row.height, CONTENT_WIDTH);
  }

  closing(top: number): void {
    const y = top + ROW_PADDING / 2 - 1;
    const { closingMinor, account } = this.#statement;
    this.#sheet.text(this.#words.closing, LABEL.x, y, { size: TYPE.first, weight: 'bold' });
    this.#sheet.text(this.#formats.amount(closingMinor, account.currency), FIGURES.balance, y, {
      size: TYPE.first,
      weight: 'bold',
      align: 'right',
      fitWidth: FIGURES.width,
    });
    this.#sheet.rule(LEFT, top + LINE_ROW, CONTENT_WIDTH, 'accent', 1);
  }

  footing(page: number, pages: number): void {
    const y = PAGE.height - 48;
    this.#sheet.rule(LEFT, y - 8, CONTENT_WIDTH);
    const drawnUp = this.#words.drawnUp(this.#formats.time(this.#statement.drawnUpAt));
    const small = { size: 8, colour: 'muted' } as const;
    this.#sheet.text(`${this.#rules.name} · ${this.#rules.bic} · ${drawnUp}`, LEFT, y, {
      ...small,
      fitWidth: 400,
    });
    this.#sheet.text(this.#words.page(page, pages), RIGHT, y, { ...small, align: 'right' });
  }

  #fact(label: string, value: string, x: number, y: number): void {
    this.#sheet.text(label, x, y, { size: 8, colour: 'muted' });
    this.#sheet.text(value, x, y + 11, { size: 10.5, fitWidth: CONTENT_WIDTH / 2 - 16 });
  }

  #tableHead(y: number): void {
    const sheet = this.#sheet;
    const style = { size: 8, weight: 'bold', colour: 'muted' } as const;
    sheet.text(this.#words.date, LEFT, y + 12, style);
    sheet.text(this.#words.operation, LABEL.x, y + 12, style);
    for (const column of ['debit', 'credit', 'balance'] as const) {
      sheet.text(this.#words[column], FIGURES[column], y + 12, { ...style, align: 'right' });
    }
    const note = this.#words.amountsIn(this.#statement.account.currency);
    sheet.text(note, RIGHT, y - 4, { size: 7.5, colour: 'muted', align: 'right' });
    sheet.rule(LEFT, y + 28, CONTENT_WIDTH, 'accent', 1);
  }

  #figure(amountMinor: bigint, x: number, y: number, colour: 'ink' | 'muted' = 'ink'): void {
    const text = this.#formats.amount(amountMinor, this.#statement.account.currency);
    this.#sheet.text(text, x, y, { size: TYPE.first, colour, align: 'right', fitWidth: FIGURES.width });
  }
}
