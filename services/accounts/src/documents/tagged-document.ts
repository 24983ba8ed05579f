import PDFDocument from 'pdfkit';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** The identifier of ISO 14289-1. The subset option of pdfkit adds a list of glyphs too, which validators refuse because it leaves some out. */
const PDF_UA = `
        <rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
            <pdfuaid:part>1</pdfuaid:part>
        </rdf:Description>`;

/** A document that declares PDF/UA: it has a structure, a language, and a title that viewers display. */
export class TaggedDocument extends PDFDocument {
  constructor(options: PDFKit.PDFDocumentOptions) {
    super({ ...options, pdfVersion: '1.7', tagged: true, displayTitle: true });
  }

  /** pdfkit repeats the texts of `info` in its XML metadata without escaping them. Nothing reads `info` after this, so it can be escaped here. */
  override endMetadata(): void {
    for (const [key, value] of Object.entries(this.info)) {
      if (typeof value !== 'string') continue;
      Object.assign(this.info, { [key]: value.replace(/[&<>]/g, (character) => ENTITIES[character] ?? '') });
    }
    this.appendXML(PDF_UA);
    super.endMetadata();
  }
}
