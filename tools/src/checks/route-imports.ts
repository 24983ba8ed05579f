import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT } from '../project.ts';

/** Only use cases may call these. dependency-cruiser cannot check it, because it sees files and not the imported names. */
const FORBIDDEN: ReadonlySet<string> = new Set(['transaction', 'enqueue', 'enqueueAll']);

const IMPORT = /^import\s+(?:type\s+)?\{([^}]*)\}\s+from\s+'([^']+)'/gm;

/** The forbidden names that route files import, one line each. */
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
          (name) => `services/${file} imports ${name}: move this to a use case and call it from the route`,
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
