// A process that starts and stops as ours do. Its argument says what happens first; it reports each step as a line on stdout.
import { ConfigError } from '@guichet/config';
import { createLog } from '@guichet/log';
import { sleep } from '@guichet/time';
import { giveMemoryBack } from './give-memory-back.ts';
import { createHealth } from './health.ts';
import { handleShutdown } from './shutdown.ts';

const manner = process.argv[2];
const say = (text: string) => void process.stdout.write(`${JSON.stringify({ say: text })}\n`);

const { stopping, onStop } = handleShutdown(createLog({ service: 'test' }));
const health = createHealth(async () => [], stopping);
onStop('first', () => say(`first closed, draining ${health.draining}`));
if (manner === 'bad settings') throw new ConfigError(['PORT is missing']);
onStop('second', async () => {
  await sleep(50);
  say('second closed');
  if (manner === 'bad close') throw new Error('will not close');
});
if (manner === 'bad start') throw new Error('no port');
if (manner === 'wasteful') {
  const young = Array.from({ length: 200_000 }, (_, index) => ({ index, text: `young ${index}` }));
  setTimeout(() => say(`holds ${Math.round(process.memoryUsage().heapTotal / 2 ** 20)} MiB`), 100);
  if (young.length === 0) say('never');
}
if (manner === 'uncaught') setTimeout(() => Promise.reject(new Error('not caught')), 20);
stopping.addEventListener('abort', () => say('stopping'));
const { STOP_AFTER_MS } = process.env;
if (STOP_AFTER_MS !== undefined)
  setTimeout(() => process.kill(process.pid, 'SIGTERM'), Number(STOP_AFTER_MS));
setInterval(() => undefined, 1_000);
say('started');
setImmediate(giveMemoryBack);
