import { join } from 'node:path';
import type { Logins } from '@guichet/jobs/demo/logins';
import { readJson, writeJson } from '@guichet/jobs/json-file';

/** Reads `logins.json`; null if it does not exist. */
export function readLogins(folder: string): Promise<Logins | null> {
  return readJson<Logins>(join(folder, 'logins.json'));
}

/** The file contains passwords, so only its owner can read it. */
export function writeLogins(folder: string, logins: Logins): Promise<void> {
  return writeJson(join(folder, 'logins.json'), logins);
}
