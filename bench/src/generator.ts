import { BARE_CASES, type BareCase, type BareTarget, openBareCalls, type Spread } from './bare-client.ts';
import { runClosedLoop } from './closed-loop.ts';
import { type HttpCase, type HttpPeople, type HttpTarget, openHttpCalls } from './http-cases.ts';

/** A case to be run by the process that makes the load. */
export interface Job {
  name: BareCase | HttpCase;
  spread: Spread;
  seconds: number;
  connections: number;
  accounts: number;
  bare: BareTarget;
  http: HttpTarget;
  people: HttpPeople;
  operationIds: string[];
  /** What the case `repeat` sends. */
  request?: string | undefined;
}

// The load is made by a process of its own, so that the bench's other work takes nothing from it.
process.on('message', async (job: Job) => {
  const { calls, close } = isBare(job.name)
    ? await openBareCalls(job.name, job.bare, job)
    : await openHttpCalls(job.name, job.http, job.connections, job);
  const began = process.cpuUsage();
  const measured = await runClosedLoop(calls, job.seconds);
  const { user, system } = process.cpuUsage(began);
  await close();
  process.send?.({ ...measured, generatorCpuSeconds: (user + system) / 1e6 });
});

function isBare(name: string): name is BareCase {
  return BARE_CASES.includes(name as BareCase);
}
