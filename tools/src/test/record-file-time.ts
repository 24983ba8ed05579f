import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import test from 'ava';
import { PROJECT } from '../project.ts';
import { FILE_TIMES_VARIABLE, fileTimeLine } from './file-times.ts';

// AVA loads this module into every worker before its test file (ava.config.mjs). Its report has the time of each test, but not of what
// a file does before and after its tests, which is often the larger part: a bank that starts, a schema, a browser.
// Node can spin for ever while it frees what a process with many connections and child processes had: nothing was left to do, and it turned in
// CleanupHandles. Registered last, so that every other listener has run.
if (isMainThread) process.once('beforeExit', () => process.once('exit', (code) => process.exit(code)));

const output = process.env[FILE_TIMES_VARIABLE];
if (output !== undefined) {
  const began = Date.now();
  process.once('exit', () => {
    const file = relative(PROJECT, fileURLToPath(test.meta.file));
    appendFileSync(output, fileTimeLine({ file, ms: Date.now() - began }));
  });
}
