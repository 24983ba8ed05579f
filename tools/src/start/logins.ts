import { join } from 'node:path';
import type { Logins } from '@guichet/jobs/demo/logins';
import { readJson, writeJson } from '@guichet/jobs/json-file';

/** Reads `logins.json`, kept for people and scripts. */
export function readLogins(folder: string): Promise<Logins | null> {
  return readJson<Logins>(join(folder, 'logins.json'));
}

/** Only its owner may read the file: these are passwords. */
export function writeLogins(folder: string, logins: Logins): Promise<void> {
  return writeJson(join(folder, 'logins.json'), logins);
}
