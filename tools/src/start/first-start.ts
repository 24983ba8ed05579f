import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DATABASE_NODES } from '../servers/database-nodes.ts';
import { NATS_NODES } from './settings.ts';

const MARK = 'first-start';
/** The data of customers; secrets, ports and certificates can be reused. */
const CUSTOMER_DATA = [...DATABASE_NODES, ...NATS_NODES, 'mail', 'logins.json'];

/** Marks the first start as incomplete until `markFinished`. */
export function markUnfinished(folder: string): Promise<void> {
  return writeFile(join(folder, MARK), '');
}

export function markFinished(folder: string): Promise<void> {
  return rm(join(folder, MARK), { force: true });
}

/** Deletes the data of an interrupted first start, because the demo cannot continue in the middle. @returns whether there was one */
export async function deleteUnfinished(folder: string): Promise<boolean> {
  if (!existsSync(join(folder, MARK))) return false;
  for (const name of CUSTOMER_DATA) await rm(join(folder, name), { recursive: true, force: true });
  await markFinished(folder);
  return true;
}
