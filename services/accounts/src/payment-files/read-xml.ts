import { setImmediate as nextTurn } from 'node:timers/promises';
import { SaxesParser, type SaxesTagNS } from 'saxes';

/** A file that can't be read, with the line at which that was found. */
export class InvalidFile extends Error {
  override readonly name = 'InvalidFile';
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** Receives the elements of a document in their order. A path has the local names of an element and those around it: `Document/GrpHdr/MsgId`. */
export interface XmlReceiver {
  /** The namespace of the document's root. @throws InvalidFile */
  root(namespace: string, line: number): void;
  opened(path: string): void;
  /** `text` is what an element contains besides elements, without spaces around it. */
  closed(path: string, text: string, attributes: Readonly<Record<string, string>>, line: number): void;
}

const SLICE_BYTES = 64 * 1024;
const DEPTH_MAX = 32;
/** Longer than any text of ISO 20022 that the bank reads. */
const TEXT_LENGTH_MAX = 4_096;
const ATTRIBUTES_MAX = 16;

interface Open {
  path: string;
  text: string;
  attributes: Record<string, string>;
}

/**
 * Reads XML in UTF-8, in memory that doesn't grow with the document. Documents with a DOCTYPE are refused before anything of it is read, so there are no entities
 * besides the five of XML. Other work of the process goes on between slices.
 * @throws InvalidFile
 */
export async function readXml(bytes: Uint8Array, receiver: XmlReceiver): Promise<void> {
  const parser = new SaxesParser({ xmlns: true });
  const open: Open[] = [];
  const refuse = (reason: string): never => {
    throw new InvalidFile(parser.line, reason);
  };
  parser.on('error', ({ message }) => refuse(`isn’t well-formed XML: ${message.replace(/^\d+:\d+: /, '')}`));
  parser.on('doctype', () => refuse('must not have a DOCTYPE'));
  parser.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined && encoding.toUpperCase() !== 'UTF-8') refuse('must be encoded in UTF-8');
  });
  // Counted one by one: an element may have as many as the file has room for.
  let attributeCount = 0;
  parser.on('attribute', () => {
    attributeCount += 1;
    if (attributeCount > ATTRIBUTES_MAX) refuse('has an element with too many attributes');
  });
  parser.on('opentag', ({ local, uri, attributes }: SaxesTagNS) => {
    const around = open.at(-1);
    if (open.length === DEPTH_MAX) refuse('has elements nested too deeply');
    if (around === undefined) receiver.root(uri, parser.line);
    const path = around === undefined ? local : `${around.path}/${local}`;
    attributeCount = 0;
    const given = Object.values(attributes);
    open.push({
      path,
      text: '',
      attributes: Object.fromEntries(given.map(({ local: name, value }) => [name, value])),
    });
    receiver.opened(path);
  });
  const addText = (text: string) => {
    const around = open.at(-1);
    if (around === undefined) return;
    if (around.text.length + text.length > TEXT_LENGTH_MAX) {
      if (text.trim() !== '') refuse('has a text that is too long');
      return;
    }
    around.text += text;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const closed = open.pop();
    if (closed !== undefined)
      receiver.closed(closed.path, closed.text.trim(), closed.attributes, parser.line);
  });

  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (let from = 0; from < bytes.length; from += SLICE_BYTES) {
    const isLast = from + SLICE_BYTES >= bytes.length;
    let text: string;
    try {
      text = decoder.decode(bytes.subarray(from, from + SLICE_BYTES), { stream: !isLast });
    } catch {
      return refuse('must be encoded in UTF-8');
    }
    parser.write(text);
    if (!isLast) await nextTurn();
  }
  parser.close();
}
