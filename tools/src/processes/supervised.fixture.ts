import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGuard } from './guard.ts';
import { SupervisedProcess } from './supervised.ts';

// A supervisor that a test kills: it starts one process per stage and writes their ids to the given file.
const guard = startGuard();
const started = ([1, 2, 3] as const).map((stage) => {
  const plan = { name: `stage-${stage}`, program: 'sleep', args: ['60'], environment: {}, stage };
  const supervised = new SupervisedProcess(plan, { line: () => undefined, news: () => undefined }, guard);
  supervised.start();
  return supervised;
});
writeFileSync(process.argv[2] ?? '', started.map(({ pid }) => pid).join(' '));
await sleep(60_000);
