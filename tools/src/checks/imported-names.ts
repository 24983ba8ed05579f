import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT } from '../project.ts';

interface Rule {
  appliesTo(file: string): boolean;
  names: ReadonlySet<string>;
  instead: string;
}

/** dependency-cruiser cannot check these, because it sees the imported files and not the imported names. */
const RULES: readonly Rule[] = [
  {
    appliesTo: (file) => /[/-]routes\.ts$/.test(file),
    names: new Set(['transaction', 'enqueue', 'enqueueAll']),
    instead: 'move this to a use case and call it from the route',
  },
  {
    appliesTo: (file) => !/[/-]store\.ts$/.test(file),
    names: new Set([
      'sql',
      'table',
      'select',
      'change',
      'lock',
      'lockShared',
      'identifier',
      'join',
      'allOf',
      'anyOf',
    ]),
    instead: 'write the query in a store',
  },
];

/** Outside of a service's stores, only these contain SQL: tests, their fixtures, and what creates the schema. */
const FREE_OF_RULES = /\.(test|fixture)\.ts$|\/fixtures(\.ts$|\/)|\/migrations\/|node_modules/;

const DATABASE_OR_OUTBOX =
  /^import\s+(?:type\s+)?\{([^}]*)\}\s+from\s+'(@guichet\/(?:database|outbox)[^']*)'/gm;

/** The names that a service's file may not import from the database or the outbox, one line each. */
export async function forbiddenImports(root = PROJECT): Promise<string[]> {
  const services = join(root, 'services');
  const files = (await readdir(services, { recursive: true })).filter(
    (file) => file.endsWith('.ts') && !FREE_OF_RULES.test(file),
  );
  const found = await Promise.all(
    files.sort().map(async (file) => {
      const names = namesImportedBy(await readFile(join(services, file), 'utf8'));
      return RULES.filter((rule) => rule.appliesTo(file)).flatMap((rule) =>
        names
          .filter((name) => rule.names.has(name))
          .map((name) => `services/${file} imports ${name}: ${rule.instead}`),
      );
    }),
  );
  return found.flat();
}

function namesImportedBy(source: string): string[] {
  return [...source.matchAll(DATABASE_OR_OUTBOX)].flatMap(([, names = '']) =>
    names.split(',').map((name) =>
      name
        .trim()
        .replace(/^type\s+/, '')
        .replace(/\s+as\s+.*$/, ''),
    ),
  );
}
