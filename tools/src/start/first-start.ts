import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const MARK = 'first-start';
/** What a bank remembers of its customers; secrets, ports and certificates may stay. */
const MEMORY = ['database', 'nats', 'mail', 'logins.json'];

/** From here until `markFinished` the demo people are half way into their months. */
export function markUnfinished(folder: string): Promise<void> {
  return writeFile(join(folder, MARK), '');
}

export function markFinished(folder: string): Promise<void> {
  return rm(join(folder, MARK), { force: true });
}

/** A first start that broke off left half a story, which cannot be taken up: it is forgotten. Tells whether there was one. */
export async function forgetUnfinished(folder: string): Promise<boolean> {
  if (!existsSync(join(folder, MARK))) return false;
  for (const name of MEMORY) await rm(join(folder, name), { recursive: true, force: true });
  await markFinished(folder);
  return true;
}
