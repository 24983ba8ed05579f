import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { z } from 'zod';
import { PROJECT } from '../project.ts';
import { readmesWithSettings } from './readmes.ts';
import { settingsTable } from './settings-table.ts';

test('each README lists the settings of its process (to update: npm run settings)', async (t) => {
  for (const [path, text] of await readmesWithSettings())
    t.is(await readFile(join(PROJECT, path), 'utf8'), text, path);
});

test('a table shows whether a setting is required, and its default', (t) => {
  const table = settingsTable({
    HOST: z.string().describe('The host.'),
    PORT: z.coerce.number().default(80).describe('The port.'),
    USER: z.string().optional().describe('a|b'),
    CORES: z.int().default(7).meta({ description: 'Cores.', defaultText: 'all' }),
  });
  t.deepEqual(table.split('\n').slice(2), [
    '| `HOST` | *required* | The host. |',
    '| `PORT` | `80` | The port. |',
    '| `USER` | none | a\\|b |',
    '| `CORES` | all | Cores. |',
  ]);
});

test('a setting without a description is an error that names it', (t) => {
  t.throws(() => settingsTable({ HOST: z.string() }), { message: /HOST/ });
});
