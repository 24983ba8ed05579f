type Draw = () => void;
type Element = PDFKit.PDFStructureElement;

/** A cell of a row: empty if null; the heading of its row if wrapped. */
export type Cell = Draw | { headingOfRow: Draw } | null;

/** Parts of pdfkit that its types lack. */
interface Untyped {
  page: { structParentTreeKey: number };
  getStructParentTree(): { get(key: number): object; add(key: number, value: object): void };
}

/**
 * The structure of a document, as screen readers need it and PDF/UA (ISO 14289-1) requires it. Everything that is drawn belongs to an
 * element, in reading order, or to an artifact: decoration, or text that is repeated only because a page ends.
 */
export class Tags {
  readonly #document: PDFKit.PDFDocument;
  readonly #root: Element;
  #table: Element | null = null;
  #body: Element | null = null;
  #within: 'element' | 'artifact' | null = null;

  constructor(document: PDFKit.PDFDocument) {
    this.#document = document;
    this.#root = document.struct('Document');
    document.addStructure(this.#root);
  }

  /** Whether text may be drawn now. */
  get isOpen(): boolean {
    return this.#within !== null;
  }

  /** A heading or a paragraph. */
  element(type: 'H1' | 'P', draw: Draw): void {
    this.#add(this.#root, type, {}, draw);
  }

  /** Shapes and lines without meaning. */
  decoration(draw: Draw): void {
    // pdfkit would silently end the element.
    if (this.#within === 'element') throw new Error('Decoration must not be drawn within an element');
    if (this.#within === 'artifact') draw();
    else this.#artifact('Layout', draw);
  }

  /** Text that each page repeats, such as its number. */
  repeated(draw: Draw): void {
    this.#artifact('Pagination', draw);
  }

  /** Begins the table with its caption and column headings. */
  table(caption: Draw, headings: readonly Draw[]): void {
    this.#table = this.#document.struct('Table');
    this.#root.add(this.#table);
    this.#add(this.#table, 'Caption', {}, caption);
    const head = this.#document.struct('THead');
    this.#table.add(head);
    const row = this.#document.struct('TR');
    head.add(row);
    for (const draw of headings) this.#add(row, 'TH', { scope: 'Column' }, draw);
    head.end();
  }

  /** A row of the table, with a cell for each column. */
  row(cells: readonly Cell[]): void {
    if (this.#body === null) {
      this.#body = this.#document.struct('TBody');
      this.#table?.add(this.#body);
    }
    const row = this.#document.struct('TR');
    this.#body.add(row);
    for (const cell of cells) {
      if (cell !== null && 'headingOfRow' in cell) this.#add(row, 'TH', { scope: 'Row' }, cell.headingOfRow);
      else this.#add(row, 'TD', {}, cell ?? (() => undefined));
    }
    row.end();
  }

  endTable(): void {
    this.#table?.end();
    this.#table = this.#body = null;
  }

  /** Ends the page and begins another. Writes its part of the structure, so that memory use does not grow with the number of cells. */
  nextPage(): void {
    this.#body?.end();
    this.#body = null;
    const { page, getStructParentTree } = this.#document as unknown as Untyped;
    const tree = getStructParentTree.call(this.#document);
    const elements = this.#document.ref(tree.get(page.structParentTreeKey));
    elements.end(undefined);
    elements.data = [] as never;
    tree.add(page.structParentTreeKey, elements);
    this.#document.addPage();
  }

  #artifact(type: 'Layout' | 'Pagination', draw: Draw): void {
    if (this.#within !== null) throw new Error(`An artifact must not be drawn within an ${this.#within}`);
    this.#document.markContent('Artifact', { type });
    this.#drawWithin('artifact', draw);
    this.#document.endMarkedContent();
  }

  #add(parent: Element, type: string, options: { scope?: string }, draw: Draw): void {
    const element = this.#document.struct(type, options as object, () => this.#drawWithin('element', draw));
    parent.add(element);
  }

  #drawWithin(what: 'element' | 'artifact', draw: Draw): void {
    this.#within = what;
    draw();
    this.#within = null;
  }
}
