import { readFileSync } from 'node:fs';

/** The release that runs. */
export const RELEASE: { version: string } = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
);
