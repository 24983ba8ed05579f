import { PAGE } from './sheet.ts';

const ROW_PADDING = 9;
export const LEADING = { main: 12, details: 10 };
/** The height of a row of one line. */
export const LINE_ROW = LEADING.main + ROW_PADDING;
/** Where the rows begin on the first page and on later pages, and where they end. */
export const ROWS = { first: 302, next: 104, end: PAGE.height - 76 };

/** The height of a row with these numbers of main lines and details. */
export function rowHeight(main: number, details: number): number {
  return main * LEADING.main + details * LEADING.details + ROW_PADDING;
}

/** Where the text of a row begins. */
export function textTop(rowTop: number): number {
  return rowTop + ROW_PADDING / 2 - 1;
}

/** The positions of the rows: page after page, each filled from the top. */
export class Paging {
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
