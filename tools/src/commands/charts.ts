import { relative } from 'node:path';
import { writeGeneratedFiles } from '../charts/generated-files.ts';
import { PROJECT } from '../project.ts';

// `npm run charts`: schemas and tables of values, from the comments in the chart's values.yaml files.
const changed = await writeGeneratedFiles();
for (const path of changed) console.log(`wrote ${relative(PROJECT, path)}`);
if (changed.length === 0) console.log('Everything is as it should be.');
