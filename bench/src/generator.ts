import { BARE_CASES, type BareCase, type BareTarget, openBareCalls, type Spread } from './bare-client.ts';
import { runClosedLoop } from './closed-loop.ts';
import { type HttpCase, type HttpTarget, type HttpUsers, openHttpCalls } from './http-cases.ts';

/** A case for the load generator. */
export interface Job {
  name: BareCase | HttpCase;
  spread: Spread;
  seconds: number;
  connections: number;
  accounts: number;
  bare: BareTarget;
  http: HttpTarget;
  /** How many calls are started in a second; as many as possible by default. */
  perSecond?: number | undefined;
  /** Decisions in a bulk request. */
  batch: number;
  operationIds: string[];
  /** The requests of the case `repeat`; the connections take them in turns. */
  requests?: readonly string[] | undefined;
}

// The load generator is a separate process, so that other work of the benchmark does not slow it down.
let users: HttpUsers;
process.on('message', async (job: Job | { users: HttpUsers }) => {
  if ('users' in job) {
    users = job.users;
    return;
  }
  const { calls, close } = isBare(job.name)
    ? await openBareCalls(job.name, job.bare, job)
    : await openHttpCalls(job.name, job.http, job.connections, { ...job, users });
  const began = process.cpuUsage();
  const measured = await runClosedLoop(calls, job.seconds, job.perSecond);
  const { user, system } = process.cpuUsage(began);
  await close();
  process.send?.({ ...measured, generatorCpuSeconds: (user + system) / 1e6 });
});

function isBare(name: string): name is BareCase {
  return BARE_CASES.includes(name as BareCase);
}
