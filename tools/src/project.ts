import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the whole project. */
export const PROJECT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Files that can be deleted and created again: downloaded programs, compiled code. */
export const CACHE = join(PROJECT, '.cache');

/** Node 24 from the npm package `node`; it runs every process of the bank. */
export const NODE = process.execPath;

/** The folder of all data of a bank: `GUICHET_DATA`, or by default a folder in the project. */
export function dataFolder(environment: NodeJS.ProcessEnv = process.env, standard = '.guichet'): string {
  return environment.GUICHET_DATA ? resolve(environment.GUICHET_DATA) : join(PROJECT, standard);
}
