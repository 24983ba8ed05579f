import { relative } from 'node:path';
import { writeMadeFiles } from '../charts/made-files.ts';
import { PROJECT } from '../project.ts';

// `npm run charts`: schemas and tables of values, from the comments in the chart's values.yaml files.
const changed = await writeMadeFiles();
for (const path of changed) console.log(`wrote ${relative(PROJECT, path)}`);
if (changed.length === 0) console.log('Everything is as it should be.');
