import { readFile, writeFile } from 'node:fs/promises';
import { withLifeTable } from './life-table.ts';

// Writes the life of an operation into docs/money.md, from the table in the code.
const file = new URL('../../../../docs/money.md', import.meta.url);
await writeFile(file, withLifeTable(await readFile(file, 'utf8')));
