import { relative } from 'node:path';
import { writeGeneratedFiles } from '../charts/generated-files.ts';
import { PROJECT } from '../project.ts';

// `npm run charts` writes the generated files.
const changed = await writeGeneratedFiles();
for (const path of changed) console.log(`wrote ${relative(PROJECT, path)}`);
if (changed.length === 0) console.log('Every generated file is up to date.');
