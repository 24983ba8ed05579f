import { setImmediate as breathe } from 'node:timers/promises';
import type { Language } from '@guichet/contract';
import { FONTS, type Weight } from './fonts.ts';
import { TaggedDocument } from './tagged-document.ts';
import { Tags } from './tags.ts';
import { isPlain, type Run, Scripts } from './text-runs.ts';

const graphemes = new Intl.Segmenter();

const COLOURS = {
  ink: '#16211d',
  muted: '#56635d',
  line: '#d9d5ca',
  inset: '#f4f2ec',
  accent: '#0b5a4a',
  onAccent: '#ffffff',
} as const;
export type Colour = keyof typeof COLOURS;

/** A4 in points. */
export const PAGE = { width: 595.28, height: 841.89, margin: 48 } as const;
export const CONTENT_WIDTH = PAGE.width - 2 * PAGE.margin;

export interface TextStyle {
  size: number;
  weight?: Weight;
  colour?: Colour;
  align?: 'left' | 'right';
  /** Wider text is set smaller, so that no figure is ever cut off. */
  fitWidth?: number;
}

/** A4 pages in the bank's typeface and colours. Distances are in points from the upper left corner. All text is drawn through `tags`. */
export class Sheet {
  readonly tags: Tags;
  readonly #document: PDFKit.PDFDocument;
  readonly #widths: Record<Weight, Map<string, number>> = { regular: new Map(), bold: new Map() };
  readonly #scripts = new Scripts();

  constructor(about: { title: string; author: string; language: Language; createdAt: Date }) {
    this.#document = new TaggedDocument({
      size: 'A4',
      margin: 0,
      lang: about.language,
      // The cache would keep every word until the document is finished.
      fontLayoutCache: false,
      info: {
        Title: about.title,
        Author: about.author,
        Creator: about.author,
        Producer: about.author,
        CreationDate: about.createdAt,
        ModDate: about.createdAt,
      },
    });
    for (const [name, font] of Object.entries(FONTS)) this.#document.registerFont(name, font as never);
    this.tags = new Tags(this.#document);
  }

  /** Opens the fonts that these texts need. Without it, characters of other scripts are transliterated. */
  async openFonts(...texts: (string | null)[]): Promise<void> {
    for (const text of texts) if (text !== null && !isPlain(text)) await this.#scripts.open(text);
  }

  /**
   * One line of text; `x` is its left edge, or its right edge if it is right-aligned, and `y` its upper edge. If an element has several texts, each but
   * the last ends with a space, which keeps them apart for users who hear or copy them.
   */
  text(text: string, x: number, y: number, style: TextStyle): void {
    if (!this.tags.isOpen) throw new Error(`The text "${text}" needs an element or an artifact`);
    const { weight = 'regular', colour = 'ink', align = 'left', fitWidth } = style;
    const natural = this.widthOf(text, style.size, weight);
    const size =
      fitWidth !== undefined && natural > fitWidth ? (style.size * fitWidth) / natural : style.size;
    const top = y + (style.size - size);
    this.#document.fillColor(COLOURS[colour]).strokeColor(COLOURS[colour]);
    if (isPlain(text)) {
      this.#document.font(weight).fontSize(size);
      const left = align === 'right' ? x - this.#document.widthOfString(text) : x;
      this.#document.text(text, left, top, { lineBreak: false });
      return;
    }
    let left = align === 'right' ? x - this.widthOf(text, size, weight) : x;
    // All fonts on one line share the baseline of the first.
    const baseline = top + (FONTS[weight].ascent / FONTS[weight].unitsPerEm) * size;
    // Glyphs are drawn in visual order, and some characters are transliterated: readers get the text as it was written.
    this.#document.markContent('Span', { actual: text });
    for (const run of this.#scripts.runsOf(text)) {
      this.#use(run, weight).fontSize(size);
      const outline = run.font?.outline ?? 0;
      this.#document.lineWidth(outline * size).text(run.text, left, baseline, {
        lineBreak: false,
        baseline: 'alphabetic',
        fill: true,
        stroke: outline > 0,
        // Shaped as a whole, not word by word.
        ...(run.font === null ? {} : { features: [] }),
      });
      left += this.#widthOfRun(run, size, weight);
    }
    this.#document.endMarkedContent();
  }

  /** Sets the font of a run. */
  #use(run: Run, weight: Weight): PDFKit.PDFDocument {
    if (run.font === null) return this.#document.font(weight);
    this.#document.registerFont(run.font.name, run.font.font as never);
    return this.#document.font(run.font.name);
  }

  #widthOfRun(run: Run, size: number, weight: Weight): number {
    if (run.font === null) return this.#widthOfPlain(run.text, size, weight);
    const { font } = run.font;
    return (font.layout(run.text).advanceWidth / font.unitsPerEm) * size;
  }

  /** The width of a text. */
  widthOf(text: string, size: number, weight: Weight = 'regular'): number {
    if (isPlain(text)) return this.#widthOfPlain(text, size, weight);
    return this.#scripts.runsOf(text).reduce((total, run) => total + this.#widthOfRun(run, size, weight), 0);
  }

  #widthOfPlain(text: string, size: number, weight: Weight): number {
    let width = 0;
    for (const character of text) width += this.#widthOfCharacter(character, weight);
    return width * size;
  }

  #widthOfCharacter(character: string, weight: Weight): number {
    const known = this.#widths[weight].get(character);
    if (known !== undefined) return known;
    const width = this.#document.font(weight).fontSize(100).widthOfString(character) / 100;
    this.#widths[weight].set(character, width);
    return width;
  }

  /**
   * Breaks a text into lines of at most this width: at spaces, and within a word only if the word alone is too wide. A line that ends with a whole
   * word ends with a space, which keeps the words apart for users who hear or copy them.
   */
  wrap(text: string, width: number, size: number, weight: Weight = 'regular'): string[] {
    const lines: string[] = [];
    let line = '';
    for (const word of text.split(' ')) {
      const joined = line === '' ? word : `${line} ${word}`;
      if (this.widthOf(joined, size, weight) <= width) {
        line = joined;
        continue;
      }
      if (line !== '') lines.push(`${line} `);
      line = '';
      for (const { segment } of graphemes.segment(word)) {
        if (line !== '' && this.widthOf(line + segment, size, weight) > width) {
          lines.push(line);
          line = '';
        }
        line += segment;
      }
    }
    return [...lines, `${line} `];
  }

  rule(x: number, y: number, width: number, colour: Colour = 'line', thickness = 0.5): void {
    this.tags.decoration(() => {
      this.#document
        .moveTo(x, y)
        .lineTo(x + width, y)
        .lineWidth(thickness)
        .strokeColor(COLOURS[colour])
        .stroke();
    });
  }

  box(x: number, y: number, width: number, height: number, look: { fill?: Colour; stroke?: Colour }): void {
    this.tags.decoration(() => {
      this.#document.roundedRect(x, y, width, height, 5).lineWidth(0.75);
      if (look.fill !== undefined) this.#document.fill(COLOURS[look.fill]);
      else this.#document.stroke(COLOURS[look.stroke ?? 'line']);
    });
  }

  /** The bank's logo, a counter window, as on the pages. It's decoration, because the bank's name is next to it. */
  logo(x: number, y: number, size: number): void {
    const scale = size / 32;
    this.tags.decoration(() => {
      this.#document.save().translate(x, y).scale(scale);
      this.#document.roundedRect(0, 0, 32, 32, 8.5).fill(COLOURS.accent);
      this.#document
        .path('M9 22.5V15a7 7 0 0 1 14 0v7.5M6 24.5h20')
        .lineWidth(2.4)
        .lineCap('round')
        .stroke(COLOURS.onAccent);
      this.#document.circle(16, 15.4, 2.5).fill(COLOURS.onAccent);
      this.#document.restore();
    });
  }

  /** Returns the output since the last call, after a turn of the event loop, because drawing blocks the thread that all requests share. */
  async takeOutput(): Promise<Buffer> {
    await breathe();
    return (this.#document.read() as Buffer | null) ?? Buffer.alloc(0);
  }

  /** Ends the document, and returns the rest of the output. */
  end(): Promise<Buffer> {
    this.#document.end();
    return this.takeOutput();
  }
}
