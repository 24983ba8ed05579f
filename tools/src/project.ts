import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the whole project. */
export const PROJECT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Things that may be thrown away and made again: fetched programs, compiled code. */
export const CACHE = join(PROJECT, '.cache');

/** Node 24 from the npm package `node`: what every process of the bank runs on. */
export const NODE = process.execPath;

/** Where a bank keeps all that is its own: `GUICHET_DATA`, else `.guichet/` in the project. */
export function dataFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return environment.GUICHET_DATA ? resolve(environment.GUICHET_DATA) : join(PROJECT, '.guichet');
}
