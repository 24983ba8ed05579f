import { glob } from 'node:fs/promises';
import { PROJECT } from '../project.ts';

export interface Selection {
  /** Tests beside the code, and those with services in the test's own process; they share the servers. */
  unit: string[];
  /** Tests that start whole banks. */
  e2e: string[];
}

/** Tests of e2e that start no bank. */
const IN_PROCESS = /^e2e\/src\/(access-matrix|routes|step-up)\//;
const PATTERN = '{packages,services,frontend,jobs,bench,tools,e2e}/**/*.test.ts';

/** The test files whose path contains one of `wanted`, or all test files if it is empty. */
export async function selectTests(wanted: readonly string[], root = PROJECT): Promise<Selection> {
  const files: string[] = [];
  const isDependency = (path: string): boolean => path.split('/').includes('node_modules');
  for await (const file of glob(PATTERN, { cwd: root, exclude: isDependency })) files.push(file);
  const isWanted = (file: string): boolean =>
    wanted.length === 0 || wanted.some((part) => file.includes(part.replace(/^\.\//, '')));
  const chosen = files.filter(isWanted).sort();
  return {
    unit: chosen.filter((file) => !isWholeBank(file)),
    e2e: chosen.filter(isWholeBank),
  };
}

function isWholeBank(file: string): boolean {
  return file.startsWith('e2e/') && !IN_PROCESS.test(file);
}
