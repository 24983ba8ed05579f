// Run as a process of its own: the folder of migrations as its argument, the settings in its environment.
import { pathToFileURL } from 'node:url';
import { runMigrations } from './run-migrations.ts';

await runMigrations('test', pathToFileURL(`${process.argv[2]}/`), JSON.parse(process.argv[3] ?? '{}'));
