import { dirname, join, normalize } from 'node:path';

/** A Markdown file of the repository. */
export interface Page {
  path: string;
  text: string;
}

/** Names of files that only the repository has; what ends in .json may be written by a running bank. */
const FILE = /\.(?:ts|mjs|md|ya?ml|njk|tpl|sh|css)$/;

/** The paths, links and anchors of a page that lead nowhere. `entries`: every file and folder; `pages`: every page. */
export function brokenReferences(
  page: Page,
  entries: ReadonlySet<string>,
  pages: ReadonlyMap<string, string>,
): string[] {
  const folder = dirname(page.path);
  const missing = pathsIn(page.text, folder, entries).filter((path) => !exists(path, folder, entries));
  return [...new Set([...missing, ...brokenLinks(page, entries, pages)])];
}

/** What reads as a path inside code: it begins with a folder at the top of the repository or beside the page, or is the name of a file. */
function pathsIn(text: string, folder: string, entries: ReadonlySet<string>): string[] {
  const code = [...text.matchAll(/^```[^\n]*\n([\s\S]*?)^```|^ {4}(.*)$|`([^`\n]+)`/gm)];
  const words = code.flatMap(([, block, line, span]) => {
    // In commands, only paths from the top of the repository are certain to be ours.
    if (span === undefined)
      return (block ?? line ?? '').split(/[\s"'()=]+/).filter((word) => word.includes('/'));
    return span.split(/\s+/);
  });
  return words
    .map((word) => word.replace(/[,;:.]+$/, ''))
    .filter((word) => /^[\w.@*<>{},-]+(?:\/[\w.@*<>{},-]+)*\/?$/.test(word))
    .filter((word) => (word.includes('/') ? startsHere(word, folder, entries) : isFileName(word)));
}

function startsHere(path: string, folder: string, entries: ReadonlySet<string>): boolean {
  const [top = ''] = path.split('/');
  return !/^\.+$/.test(top) && !FILE.test(top) && (entries.has(top) || entries.has(join(folder, top)));
}

/** `routes.ts`, not `.ts` or `<name>.ts`. */
function isFileName(word: string): boolean {
  return FILE.test(word) && /^\w/.test(word);
}

/** A path may hold placeholders, which stand for one name: `<kind>`, `*`, and alternatives: `{en,fr}`. */
function exists(path: string, folder: string, entries: ReadonlySet<string>): boolean {
  const plain = path.replace(/\/$/, '');
  const pattern = plain
    .replace(/[.+]/g, '\\$&')
    .replace(/<[^>]*>|\*/g, '[^/]+')
    .replace(/\{([^}]*)\}/g, (_, names: string) => `(?:${names.replaceAll(',', '|')})`);
  // The README of a package names the files of its own.
  const starts = plain.includes('/') ? ['', `${folder}/`] : ['', '(?:.*/)'];
  const found = new RegExp(`^(?:${starts.join('|')})${pattern}$`);
  return entries.has(plain) || [...entries].some((entry) => found.test(entry));
}

function brokenLinks(
  { path, text }: Page,
  entries: ReadonlySet<string>,
  pages: ReadonlyMap<string, string>,
): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? path : normalize(join(dirname(path), file)).replace(/\/$/, '');
    if (!entries.has(target)) return [link];
    if (anchor === undefined || anchorsOf(pages.get(target) ?? '').has(anchor)) return [];
    return [link];
  });
}

/** The anchors that GitHub gives the headings of a page. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  const headings = text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6} (.+)$/gm);
  for (const [, heading = ''] of headings) {
    const name = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .trim()
      .replaceAll(' ', '-');
    let anchor = name;
    for (let twin = 1; anchors.has(anchor); twin += 1) anchor = `${name}-${twin}`;
    anchors.add(anchor);
  }
  return anchors;
}
