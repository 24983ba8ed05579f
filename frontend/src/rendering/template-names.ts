import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const MACROS = /\{%-?\s*macro\s+(\w+)/g;
const IMPORTS = /\{%-?\s*from\s+"[^"]+"\s+import\s+([^%]+?)\s*-?%\}/g;
const EXTENDS = /\{%-?\s*extends\s+"([^"]+)"/;

/** Returns the names of the macros that a view and its layouts define or import. In the view, each hides a value of the same name. */
export function macroNames(directory: string, view: string): Set<string> {
  const source = readFileSync(join(directory, view), 'utf8');
  const layout = EXTENDS.exec(source)?.[1];
  return new Set([
    ...[...source.matchAll(MACROS)].map(([, name = '']) => name),
    ...[...source.matchAll(IMPORTS)].flatMap(([, names = '']) => names.split(',').map(importedAs)),
    ...(layout === undefined ? [] : macroNames(directory, layout)),
  ]);
}

const importedAs = (name: string): string =>
  name
    .trim()
    .split(/\s+as\s+/)
    .at(-1) ?? '';
