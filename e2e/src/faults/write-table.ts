import { readFile, writeFile } from 'node:fs/promises';

/** Replaces the table between the marks of a page of the docs. @param mark `faults` for `<!-- faults:start -->` and `<!-- faults:end -->` */
export async function writeTable(page: string, table: string, mark = 'faults'): Promise<void> {
  const text = await readFile(page, 'utf8');
  const written = text.replace(
    new RegExp(`(<!-- ${mark}:start -->\\n)[\\s\\S]*(<!-- ${mark}:end -->)`),
    (_, start: string, end: string) => `${start}${table}\n${end}`,
  );
  await writeFile(page, written);
}
