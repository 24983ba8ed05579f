import { formatIban, formatRib, ribFromIban } from '@guichet/iban';
import type { BankRules } from '../deps.ts';
import type { ShownEntry } from '../ledger/history-store.ts';
import { CONTENT_WIDTH, PAGE, type Sheet, type TextStyle } from './sheet.ts';
import type { Statement } from './statement.ts';
import { LEADING, LINE_ROW, ROWS, rowHeight, textTop } from './statement-paging.ts';
import type { Formats, Words } from './words.ts';

const LEFT = PAGE.margin;
const RIGHT = PAGE.width - PAGE.margin;
/** The right edges of the columns of figures, and their width. */
const FIGURES = { debit: RIGHT - 160, credit: RIGHT - 84, balance: RIGHT, width: 76 };
const LABEL = { x: LEFT + 58, width: FIGURES.debit - FIGURES.width - LEFT - 58 - 10 };
/** The top of the line in the footer of each page. */
const FOOTER_TOP = PAGE.height - 48;
const FONT_SIZES = { main: 9, details: 7.75 };

export interface Row {
  main: string[];
  details: string[];
  height: number;
}

/** Draws the parts of a statement. */
export class StatementWriter {
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
    const main = this.#sheet.wrap(what + undone, LABEL.width, FONT_SIZES.main);
    const details = [
      entry.counterpartyIban === null ? null : formatIban(entry.counterpartyIban),
      entry.reference,
    ].flatMap((text) => (text === null ? [] : this.#sheet.wrap(text, LABEL.width, FONT_SIZES.details)));
    return { main, details, height: rowHeight(main.length, details.length) };
  }

  /** Draws the header of the first page: the bank, the account and the month's totals. */
  drawHeader(creditsMinor: bigint, debitsMinor: bigint): void {
    const sheet = this.#sheet;
    const { account, period } = this.#statement;
    sheet.logo(LEFT, 46, 30);
    sheet.tags.element('P', () =>
      sheet.text(this.#rules.name, LEFT + 40, 50, { size: 17, weight: 'bold', fitWidth: 200 }),
    );
    sheet.tags.element('H1', () => {
      const style = { size: 17, weight: 'bold', align: 'right' } as const;
      const right = RIGHT + sheet.widthOf(' ', style.size, style.weight);
      sheet.text(`${this.#words.statement} `, right, 44, style);
      const month = this.#formats.month(period.from);
      sheet.text(month, RIGHT, 67, { size: 11, colour: 'muted', align: 'right' });
    });

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
      const isBalance = index === 0 || index === cells.length - 1;
      sheet.tags.element('P', () => {
        sheet.text(`${label} `, x, 201, { size: 8, colour: 'muted' });
        sheet.text(this.#formats.money(amountMinor, account.currency), x, 215, {
          size: 12.5,
          weight: isBalance ? 'bold' : 'regular',
          fitWidth: width - 22,
        });
      });
    }
  }

  /** Begins the table. Later pages repeat its headings. */
  beginTable(): void {
    const top = ROWS.first - 32;
    this.#sheet.tags.table(() => this.#caption(top), this.#headings(top));
    this.#headRule(top);
  }

  /** Begins a later page with the title, the column headings, and the balance brought forward. */
  beginPage(page: number, pages: number, balanceMinor: bigint): void {
    const sheet = this.#sheet;
    sheet.tags.nextPage();
    const { account, period } = this.#statement;
    const top = ROWS.next - 32;
    sheet.tags.repeated(() => {
      const month = this.#formats.month(period.from);
      sheet.text(`${this.#words.statement} · ${month}`, LEFT, 46, { size: 9.5, weight: 'bold' });
      const iban = account.iban === null ? '' : formatIban(account.iban);
      sheet.text(iban, RIGHT, 46, { size: 9, colour: 'muted', align: 'right' });
      this.#caption(top);
      for (const draw of this.#headings(top)) draw();
      const y = textTop(ROWS.next);
      sheet.text(this.#words.broughtForward, LABEL.x, y, { size: FONT_SIZES.main, colour: 'muted' });
      this.#figure(balanceMinor, FIGURES.balance, y, { colour: 'muted' });
    });
    this.#headRule(top);
    sheet.rule(LEFT, ROWS.next + LINE_ROW, CONTENT_WIDTH);
    this.#pageNumber(page, pages);
  }

  drawEntry(entry: ShownEntry, row: Row, top: number): void {
    const sheet = this.#sheet;
    const y = textTop(top);
    const { amountMinor, balanceAfterMinor } = entry;
    const label = () => {
      for (const [index, line] of row.main.entries()) {
        sheet.text(line, LABEL.x, y + index * LEADING.main, { size: FONT_SIZES.main });
      }
      const below = y + row.main.length * LEADING.main;
      for (const [index, line] of row.details.entries()) {
        sheet.text(line, LABEL.x, below + index * LEADING.details, {
          size: FONT_SIZES.details,
          colour: 'muted',
        });
      }
    };
    sheet.tags.row([
      () =>
        sheet.text(this.#formats.day(entry.postedAt), LEFT, y, { size: FONT_SIZES.main, colour: 'muted' }),
      label,
      amountMinor < 0n ? () => this.#figure(-amountMinor, FIGURES.debit, y) : null,
      amountMinor < 0n ? null : () => this.#figure(amountMinor, FIGURES.credit, y),
      () => this.#figure(balanceAfterMinor ?? 0n, FIGURES.balance, y),
    ]);
    sheet.rule(LEFT, top + row.height, CONTENT_WIDTH);
  }

  /** Draws the last row, and ends the table. */
  endTable(top: number, isEmpty: boolean): void {
    const sheet = this.#sheet;
    const y = textTop(top);
    const bold = { size: FONT_SIZES.main, weight: 'bold' } as const;
    sheet.tags.row([
      null,
      { headingOfRow: () => sheet.text(this.#words.closing, LABEL.x, y, bold) },
      null,
      null,
      () => this.#figure(this.#statement.closingMinor, FIGURES.balance, y, bold),
    ]);
    sheet.tags.endTable();
    sheet.rule(LEFT, top + LINE_ROW, CONTENT_WIDTH, 'accent', 1);
    if (!isEmpty) return;
    sheet.tags.element('P', () =>
      sheet.text(this.#words.nothing, LABEL.x, y + LINE_ROW, { size: FONT_SIZES.main, colour: 'muted' }),
    );
  }

  /** Draws the footer of the first page. Screen readers read the issuer once, and page numbers never. */
  drawFooter(pages: number): void {
    this.#sheet.tags.element('P', () => this.#drawIssuer());
    this.#pageNumber(1, pages);
  }

  #drawIssuer(): void {
    const issuedOn = this.#words.issuedOn(this.#formats.time(this.#statement.issuedAt));
    const text = `${this.#rules.name} · ${this.#rules.bic} · ${issuedOn}`;
    this.#sheet.text(text, LEFT, FOOTER_TOP, { size: 8, colour: 'muted', fitWidth: 400 });
  }

  #pageNumber(page: number, pages: number): void {
    const sheet = this.#sheet;
    sheet.rule(LEFT, FOOTER_TOP - 8, CONTENT_WIDTH);
    sheet.tags.repeated(() => {
      if (page > 1) this.#drawIssuer();
      sheet.text(this.#words.page(page, pages), RIGHT, FOOTER_TOP, {
        size: 8,
        colour: 'muted',
        align: 'right',
      });
    });
  }

  /** A label with its value. A long value is set smaller, on two lines. */
  #fact(label: string, value: string, x: number, y: number): void {
    const sheet = this.#sheet;
    const width = CONTENT_WIDTH / 2 - 16;
    let size = 10.5;
    let lines = [value];
    if (sheet.widthOf(value, size) > width) {
      size = 8.5;
      lines = sheet.wrap(value, width, size);
      while (lines.length > 2) {
        size -= 0.25;
        lines = sheet.wrap(value, width, size);
      }
    }
    sheet.tags.element('P', () => {
      sheet.text(`${label} `, x, y, { size: 8, colour: 'muted' });
      for (const [index, line] of lines.entries()) sheet.text(line, x, y + 11 + index * 10, { size });
    });
  }

  #caption(top: number): void {
    const text = this.#words.amountsIn(this.#statement.account.currency);
    this.#sheet.text(text, RIGHT, top - 4, { size: 7.5, colour: 'muted', align: 'right' });
  }

  #headings(top: number): (() => void)[] {
    const sheet = this.#sheet;
    const style = { size: 8, weight: 'bold', colour: 'muted' } as const;
    const words = this.#words;
    return [
      () => sheet.text(words.date, LEFT, top + 12, style),
      () => sheet.text(words.operation, LABEL.x, top + 12, style),
      ...(['debit', 'credit', 'balance'] as const).map(
        (column) => () => sheet.text(words[column], FIGURES[column], top + 12, { ...style, align: 'right' }),
      ),
    ];
  }

  #headRule(top: number): void {
    this.#sheet.rule(LEFT, top + 28, CONTENT_WIDTH, 'accent', 1);
  }

  #figure(amountMinor: bigint, x: number, y: number, style: Pick<TextStyle, 'weight' | 'colour'> = {}): void {
    const text = this.#formats.amount(amountMinor, this.#statement.account.currency);
    this.#sheet.text(text, x, y, {
      ...style,
      size: FONT_SIZES.main,
      align: 'right',
      fitWidth: FIGURES.width,
    });
  }
}
