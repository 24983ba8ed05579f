// Run as a separate process; its argument is the folder of migrations, and its settings are in the environment.
import { pathToFileURL } from 'node:url';
import { runMigrations } from './run-migrations.ts';

await runMigrations('test', pathToFileURL(`${process.argv[2]}/`), JSON.parse(process.argv[3] ?? '{}'));
