import { getDocumentProxy } from 'unpdf';

/** An element of the structure; leaves have an `id`. */
interface Node {
  role?: string;
  id?: string;
  children?: Node[];
}

/** A page as a screen reader gets it. */
export interface TaggedPage {
  /** Its elements with this role, in reading order. */
  all(role: string): Node[];
  textOf(node: Node | undefined): string;
  /** The text of artifacts, which is never read. */
  skipped: string;
  /** Texts that belong neither to an element nor to an artifact. */
  missed: string[];
}

interface Text {
  str: string;
  hasEOL: boolean;
}
interface Mark {
  type: string;
  id?: string;
  tag?: string;
}

/** Reads a tagged PDF for a test. */
export async function readTaggedPdf(bytes: Uint8Array) {
  const document = await getDocumentProxy(Uint8Array.from(bytes));
  const pages: TaggedPage[] = [];
  for (let number = 1; number <= document.numPages; number += 1) {
    const page = await document.getPage(number);
    const { items } = await page.getTextContent({ includeMarkedContent: true });
    pages.push(pageOf((await page.getStructTree()) as Node | null, items));
  }
  return { document, pages };
}

function pageOf(tree: Node | null, items: readonly (Text | Mark)[]): TaggedPage {
  const leaves = new Set(leavesOf(tree).map(({ id }) => id));
  const texts = new Map<string, string>();
  const missed: string[] = [];
  const onPage = new Set<string>();
  const open: string[] = [];
  for (const item of items) {
    if (!('str' in item)) {
      if (item.type === 'endMarkedContent') open.pop();
      else open.push(item.id ?? item.tag ?? '');
      if (item.id !== undefined) onPage.add(item.id);
      continue;
    }
    const owner = open.find((id) => id === 'Artifact' || leaves.has(id));
    if (owner !== undefined)
      texts.set(owner, `${texts.get(owner) ?? ''}${item.str}${item.hasEOL ? ' ' : ''}`);
    else if (item.str.trim() !== '') missed.push(item.str);
  }
  const isOnPage = (node: Node) => leavesOf(node).some(({ id = '' }) => onPage.has(id));
  return {
    // The tree of a page may contain the whole table.
    all: (role) => nodesOf(tree).filter((node) => node.role === role && isOnPage(node)),
    // pdf.js removes the spaces at the ends of texts, and puts its own between them.
    textOf: (node) => {
      const parts = leavesOf(node ?? null).map(({ id = '' }) => texts.get(id) ?? '');
      return parts.join('').replace(/ +/g, ' ').trim();
    },
    skipped: texts.get('Artifact') ?? '',
    missed,
  };
}

function leavesOf(node: Node | null): Node[] {
  if (node === null) return [];
  return node.children === undefined ? [node] : node.children.flatMap(leavesOf);
}

function nodesOf(node: Node | null): Node[] {
  return node === null ? [] : [node, ...(node.children ?? []).flatMap(nodesOf)];
}
