import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT } from '../project.ts';

/** What only a use case may call: dependency-cruiser sees files, not the names that are imported from them. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'transaction',
  'pipelinedTransaction',
  'enqueue',
  'enqueueAll',
]);

const IMPORT = /^import\s+(?:type\s+)?\{([^}]*)\}\s+from\s+'([^']+)'/gm;

/** Every name that a route file of a service imports and should leave to a use case, a line each. */
export async function forbiddenRouteImports(root = PROJECT): Promise<string[]> {
  const services = join(root, 'services');
  const files = (await readdir(services, { recursive: true })).filter(
    (file) => /[/-]routes\.ts$/.test(file) && !file.includes('node_modules'),
  );
  const found = await Promise.all(
    files.sort().map(async (file) => {
      const source = await readFile(join(services, file), 'utf8');
      return namesImportedBy(source)
        .filter((name) => FORBIDDEN.has(name))
        .map(
          (name) =>
            `services/${file} imports ${name}: a use case does that, and the route calls the use case`,
        );
    }),
  );
  return found.flat();
}

function namesImportedBy(source: string): string[] {
  return [...source.matchAll(IMPORT)].flatMap(([, names = '']) =>
    names.split(',').map((name) =>
      name
        .trim()
        .replace(/^type\s+/, '')
        .replace(/\s+as\s+.*$/, ''),
    ),
  );
}
