import { readFile, writeFile } from 'node:fs/promises';

/** Replaces the table between the marks of a page of the docs. */
export async function writeTable(page: string, table: string): Promise<void> {
  const text = await readFile(page, 'utf8');
  const written = text.replace(
    /(<!-- faults:start -->\n)[\s\S]*(<!-- faults:end -->)/,
    (_, start: string, end: string) => `${start}${table}\n${end}`,
  );
  await writeFile(page, written);
}
