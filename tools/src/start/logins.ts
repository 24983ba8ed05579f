import { join } from 'node:path';
import { readJson, writeJson } from './data-folder.ts';

export interface Login {
  username: string;
  password: string;
}

/** Who may sign in to a local bank, kept in `logins.json` for people and scripts. */
export interface Logins {
  superuser: Login;
  agents: Login[];
  members: Login[];
}

export function readLogins(folder: string): Promise<Logins | null> {
  return readJson<Logins>(join(folder, 'logins.json'));
}

/** Only its owner may read the file: these are passwords. */
export function writeLogins(folder: string, logins: Logins): Promise<void> {
  return writeJson(join(folder, 'logins.json'), logins);
}
