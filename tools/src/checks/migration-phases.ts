import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT } from '../project.ts';

/** The first migration of a service creates its schema; the later ones change it while processes of the release before use it. */
const CREATES = /^0001-/;
const NAMED = /^\d{4}-(expand|migrate|contract)-[a-z0-9-]+\.ts$/;

/** Statements that break a process of the release before, which still uses what they remove, rename or forbid. */
const BREAKING: readonly (readonly [RegExp, string])[] = [
  [/\bDROP\s+(TABLE|COLUMN|DATABASE|TRIGGER|VIEW|INDEX|KEY|FOREIGN|PRIMARY|CHECK|CONSTRAINT)\b/gi, 'drops'],
  [/\bdrop(Table|Column|Columns|Index|Unique|Foreign|Primary)/g, 'drops'],
  [/\bRENAME\b|\brename(Table|Column)\b/gi, 'renames'],
  [/\bCHANGE\s+(COLUMN\s+)?\w+\s+\w+\s+[A-Z]/gi, 'renames'],
  [/\bTRUNCATE\b/gi, 'empties a table'],
  [
    /\bADD\s+(CONSTRAINT\s+\w+\s+)?(UNIQUE|CHECK|FOREIGN\s+KEY|PRIMARY\s+KEY)\b/gi,
    'forbids what was allowed',
  ],
];
/** A column that each INSERT of the release before would have to name. */
const NEW_COLUMN =
  /\bADD\s+(COLUMN\s+)?(?!INDEX|KEY|UNIQUE|CONSTRAINT|FULLTEXT|CHECK|FOREIGN|PRIMARY|PARTITION)\w+\s+[^,;`]*/gi;

/**
 * Migrations that don't follow the rules of docs/operations/upgrades.md, one line each: a phase in the file's name, and nothing that breaks the release
 * before unless the phase is `contract`.
 */
export async function brokenPhases(root = PROJECT): Promise<string[]> {
  const found: string[] = [];
  for (const service of (await readdir(join(root, 'services'))).sort()) {
    const folder = `services/${service}/migrations`;
    const files = await readdir(join(root, folder)).catch(() => []);
    for (const file of files.filter((name) => /\.ts$/.test(name) && !CREATES.test(name)).sort()) {
      const text = await readFile(join(root, folder, file), 'utf8');
      found.push(...faultsOf(file, text).map((fault) => `${folder}/${file}${fault}`));
    }
  }
  return found;
}

function faultsOf(file: string, text: string): string[] {
  const phase = NAMED.exec(file)?.[1];
  if (phase === undefined) return [' must be named <number>-<expand|migrate|contract>-<what>.ts'];
  if (phase === 'contract') return [];
  // `down` is for developers: an operator rolls back to the older release, on the newer schema.
  const up = text.split(/\bexport\s+(?:async\s+function|const)\s+down\b/)[0] ?? '';
  const breaks = BREAKING.flatMap(([statement, what]) =>
    [...up.matchAll(statement)].map(({ index }) => ({ index, what })),
  );
  for (const { index, 0: column } of up.matchAll(NEW_COLUMN))
    if (/\bNOT\s+NULL\b/i.test(column) && !/\bDEFAULT\b|\bGENERATED\b|\bAS\s*\(/i.test(column))
      breaks.push({ index, what: 'adds a column that needs a value' });
  return breaks
    .toSorted((one, other) => one.index - other.index)
    .map(({ index, what }) => {
      const line = up.slice(0, index).split('\n').length;
      return `:${line} ${what}, which belongs in a migration of the phase contract`;
    });
}
