// A process that starts and stops like a process of the bank. Its argument selects what goes wrong; each step prints a line to stdout.
import { ConfigError } from '@guichet/config';
import { createLog } from '@guichet/log';
import { sleep } from '@guichet/time';
import { giveMemoryBack } from './give-memory-back.ts';
import { createHealth } from './health.ts';
import { handleShutdown } from './shutdown.ts';

const scenario = process.argv[2];
const report = (text: string) => void process.stdout.write(`${JSON.stringify({ report: text })}\n`);

const { stopping, onStop } = handleShutdown(createLog({ service: 'test' }));
const health = createHealth(async () => [], stopping);
onStop('first', () => report(`first closed, draining ${health.draining}`));
if (scenario === 'bad settings') throw new ConfigError(['PORT is missing']);
onStop('second', async () => {
  await sleep(50);
  report('second closed');
  if (scenario === 'bad close') throw new Error('will not close');
});
if (scenario === 'bad start') throw new Error('no port');
if (scenario === 'wasteful') {
  const young = Array.from({ length: 200_000 }, (_, index) => ({ index, text: `young ${index}` }));
  setTimeout(() => report(`holds ${Math.round(process.memoryUsage().heapTotal / 2 ** 20)} MiB`), 100);
  if (young.length === 0) report('never');
}
if (scenario === 'uncaught') setTimeout(() => Promise.reject(new Error('not caught')), 20);
stopping.addEventListener('abort', () => report('stopping'));
const { STOP_AFTER_MS } = process.env;
if (STOP_AFTER_MS !== undefined)
  setTimeout(() => process.kill(process.pid, 'SIGTERM'), Number(STOP_AFTER_MS));
setInterval(() => undefined, 1_000);
report('started');
setImmediate(giveMemoryBack);
