/** A piece of XML, with everything in it escaped. */
class Xml {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type { Xml };

type Part = Xml | string | number | bigint | null | readonly Part[];

/**
 * XML with its values escaped: xml`<Nm>${name}</Nm>`. Pieces of XML and lists of them are put in as they are, and null as nothing. What XML can't
 * express, such as control characters, is left out.
 */
export function xml(strings: TemplateStringsArray, ...parts: readonly Part[]): Xml {
  return new Xml(strings.reduce((text, string, place) => text + written(parts[place - 1] ?? null) + string));
}

function written(part: Part): string {
  if (part === null) return '';
  if (part instanceof Xml) return part.text;
  if (typeof part === 'object') return part.map(written).join('');
  return escaped(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
/** XML 1.0, production 2: the characters that a document may not have, in any form. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/gu;

function escaped(text: string): string {
  return text.replace(FORBIDDEN, '').replace(/[&<>"']/g, (found) => ENTITIES[found] ?? '');
}
