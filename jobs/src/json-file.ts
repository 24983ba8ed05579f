import { readFile, rename, writeFile } from 'node:fs/promises';

/** Reads a JSON file; null if it does not exist or is not JSON. */
export async function readJson<T>(file: string): Promise<T | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return text === null ? null : (parseJson(text) as T | null);
}

/** Replaces a JSON file atomically; only its owner may read it. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  const unfinished = `${file}.new`;
  await writeFile(unfinished, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  await rename(unfinished, file);
}

/** Null if the text is not JSON, for example in a file that was not written completely. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
