// A process that runs a service's life: what it does first is its argument. It says on stdout, a line each, what happens to it.
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError } from '@guichet/config';
import { createLog } from '@guichet/log';
import { createHealth } from './health.ts';
import { runService } from './lifecycle.ts';

const manner = process.argv[2];
const say = (text: string) => void process.stdout.write(`${JSON.stringify({ say: text })}\n`);

runService(createLog({ service: 'test' }), async (life) => {
  const health = createHealth(async () => []);
  life.drains(health);
  life.onStop('first', async () => {
    say(`first closed, draining ${health.draining}`);
  });
  if (manner === 'bad settings') throw new ConfigError(['PORT is missing']);
  life.onStop('second', async () => {
    await sleep(50);
    say('second closed');
    if (manner === 'bad close') throw new Error('will not close');
  });
  if (manner === 'bad start') throw new Error('no port');
  if (manner === 'wasteful') {
    const young = Array.from({ length: 200_000 }, (_, index) => ({ index, text: `young ${index}` }));
    setTimeout(() => say(`holds ${Math.round(process.memoryUsage().heapTotal / 2 ** 20)} MiB`), 100);
    if (young.length === 0) return;
  }
  if (manner === 'uncaught') setTimeout(() => Promise.reject(new Error('nobody caught it')), 20);
  life.stopping.addEventListener('abort', () => say('told to stop'));
  const { STOP_AFTER_MS } = process.env;
  if (STOP_AFTER_MS !== undefined)
    setTimeout(() => process.kill(process.pid, 'SIGTERM'), Number(STOP_AFTER_MS));
  setInterval(() => undefined, 1_000);
  say('started');
});
