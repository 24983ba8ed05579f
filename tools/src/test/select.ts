import { glob } from 'node:fs/promises';
import { PROJECT } from '../project.ts';

export interface Selection {
  /** Tests beside the code, and those with services in the test's own process; they share the servers. */
  unit: string[];
  /** Tests that start whole banks, of which two can run at once: they wait more than they compute. */
  stories: string[];
  /**
   * Tests that start whole banks and send them requests at a rate, or kill their processes, and those of a database cluster, whose members leave each
   * other out when they are slow: nothing runs beside them.
   */
  underLoad: string[];
}

/** Tests of e2e that start no bank. */
const IN_PROCESS =
  /^e2e\/src\/((access-matrix|alert-drill|faults|routes|step-up)\/|(catalogue|log-search)\.test\.ts$)/;
const UNDER_LOAD =
  /^e2e\/src\/(alerts|authority|crash|failover|faults|replicas|stream-full|upgrade)\.test\.ts$/;
const CLUSTER =
  /^tools\/src\/servers\/(follow-primary|follow-writer|galera-cluster|group-cluster)\.test\.ts$/;
const PATTERN = '{packages,services,frontend,jobs,bench,tools,e2e}/**/*.test.ts';

/** The test files whose path contains one of `wanted`, or all test files if it is empty. */
export async function selectTests(wanted: readonly string[], root = PROJECT): Promise<Selection> {
  const files: string[] = [];
  const isDependency = (path: string): boolean => path.split('/').includes('node_modules');
  for await (const file of glob(PATTERN, { cwd: root, exclude: isDependency })) files.push(file);
  const isWanted = (file: string): boolean =>
    wanted.length === 0 || wanted.some((part) => file.includes(part.replace(/^\.\//, '')));
  const chosen = files.filter(isWanted).sort();
  const underLoad = chosen.filter((file) => UNDER_LOAD.test(file) || CLUSTER.test(file));
  const others = chosen.filter((file) => !underLoad.includes(file));
  const isStory = (file: string): boolean => file.startsWith('e2e/') && !IN_PROCESS.test(file);
  return {
    unit: others.filter((file) => !isStory(file)),
    stories: others.filter(isStory),
    underLoad,
  };
}
