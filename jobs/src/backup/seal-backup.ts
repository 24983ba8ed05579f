import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as WebStream } from 'node:stream/web';
import type { SecretData, SecretStore } from '../secrets/secret-store.ts';
import { sealManifest, sealStream } from './seal.ts';
import { toManifest } from './secrets-manifest.ts';

export interface BackupPlan {
  labels: Readonly<Record<string, string>>;
  /** The names of the secrets without which the data can't be used. */
  secrets: readonly string[];
  /** Public keys of age, of which at least one owner opens the sealed files. */
  recipients: readonly string[];
}

const DUMP = /^guichet-.*\.sql\.gz$/;
/** What waits to be uploaded; the upload empties it. */
const OUTGOING = 'outgoing';

/**
 * Seals the secrets beside the newest dump in `folder`, as `<name>.secrets.age`. With `outgoing`, a copy and the sealed dump are put into the
 * folder `outgoing`, from where they are uploaded.
 * @returns the files that it wrote
 * @throws Error if there is no dump, or a secret is missing: a backup without its keys can't be restored
 */
export async function sealBackup(
  { labels, secrets, recipients }: BackupPlan,
  { store, folder, outgoing }: { store: Pick<SecretStore, 'read'>; folder: string; outgoing: boolean },
): Promise<string[]> {
  const dump = (await readdir(folder))
    .filter((name) => DUMP.test(name))
    .sort()
    .at(-1);
  if (dump === undefined) throw new Error(`there is no dump in ${folder}`);
  const found: Record<string, SecretData> = {};
  for (const name of secrets) {
    const data = await store.read(name);
    if (data === null) throw new Error(`the secret ${name} is missing, so the backup would be useless`);
    found[name] = data;
  }
  const sealed = await sealManifest(toManifest(found, labels), recipients);
  const name = dump.replace(/\.sql\.gz$/, '.secrets.age');
  await writeWhole(join(folder, name), async (file) => writeFile(file, sealed, { mode: 0o600 }));
  if (!outgoing) return [name];
  const out = join(folder, OUTGOING);
  await mkdir(out, { recursive: true, mode: 0o700 });
  await writeWhole(join(out, name), async (file) => writeFile(file, sealed, { mode: 0o600 }));
  const content = Readable.toWeb(createReadStream(join(folder, dump))) as ReadableStream<Uint8Array>;
  const stream = (await sealStream(content, recipients)) as unknown as WebStream<Uint8Array>;
  await writeWhole(join(out, `${dump}.age`), (file) =>
    pipeline(Readable.fromWeb(stream), createWriteStream(file, { mode: 0o600 })),
  );
  return [name, join(OUTGOING, name), join(OUTGOING, `${dump}.age`)];
}

/** The file gets its name only when it is complete. */
async function writeWhole(file: string, write: (unfinished: string) => Promise<void>): Promise<void> {
  await write(`${file}.part`);
  await rename(`${file}.part`, file);
}
