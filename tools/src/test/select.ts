import { glob } from 'node:fs/promises';
import { PROJECT } from '../project.ts';

export interface Selection {
  /** Beside the code they test. */
  unit: string[];
  /** Each with whole banks of its own. */
  e2e: string[];
}

const PATTERN = '{packages,services,frontend,tools,e2e}/**/*.test.ts';

/** The test files whose path holds one of `wanted`; all of them where nothing is wanted in particular. */
export async function selectTests(wanted: readonly string[], root = PROJECT): Promise<Selection> {
  const files: string[] = [];
  const isDependency = (path: string): boolean => path.split('/').includes('node_modules');
  for await (const file of glob(PATTERN, { cwd: root, exclude: isDependency })) files.push(file);
  const isWanted = (file: string): boolean =>
    wanted.length === 0 || wanted.some((part) => file.includes(part.replace(/^\.\//, '')));
  const chosen = files.filter(isWanted).sort();
  return {
    unit: chosen.filter((file) => !file.startsWith('e2e/')),
    e2e: chosen.filter((file) => file.startsWith('e2e/')),
  };
}
