import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SERVICES } from '@guichet/contract';
import { eventually } from '@guichet/testing';
import {
  type RunningBank,
  type RunningPrometheus,
  scaledRules,
  startBank,
  startPrometheus,
} from '@guichet/tools';
import type { Member } from '../faults/load.ts';
import { openAccounts } from '../faults/open-accounts.ts';
import { superuserOf } from '../people.ts';
import type { Person } from '../person.ts';
import { type FakeMailServer, startFakeMailServer } from './fake-mail-server.ts';
import { openRunbooks, type Runbooks } from './runbooks.ts';

/** Rules are this many times as fast as in the chart: an hour is a minute. */
const TIME_SCALE = 60;

/** A bank with customers at work, and a Prometheus with the chart's rules. */
export interface World {
  bank: RunningBank;
  prometheus: RunningPrometheus;
  runbooks: Runbooks;
  mailServer: FakeMailServer;
  superuser: Person;
  agents: readonly Person[];
  members: readonly Member[];
  stop(): Promise<void>;
}

const PAUSE_MS = 80;
const CUSTOMERS = 2;
const LOCKS_PAUSE_MS = 100;

export async function openWorld(): Promise<World> {
  const mailServer = await startFakeMailServer();
  const bank = await startBank({
    smtpPort: mailServer.port,
    environment: {
      TOKEN_TTL_SECONDS: '3600',
      DECISION_SECOND_AGENT_ABOVE: '1000000000000',
      NATS_STREAMS_MIB: '64',
      // Sixty times as fast, like the rules.
      RECONCILE_EVERY_SECONDS: '5',
      LOG_VERIFY_EVERY_SECONDS: '10',
      MAIL_TRIES: '2',
    },
  }).catch(async (error) => {
    await mailServer.stop();
    throw error;
  });
  const closing: (() => Promise<unknown>)[] = [() => mailServer.stop(), () => bank.stop()];
  const stop = async (): Promise<void> => {
    for (const close of closing.reverse()) await close();
  };
  try {
    const runbooks = await openRunbooks(bank);
    closing.push(() => runbooks.close());
    const superuser = await superuserOf(bank);
    const { agents, members } = await openAccounts(bank);
    const work = keepWorking(agents, members);
    closing.push(work.stop);
    const prometheus = await startPrometheus({
      folder: join(bank.folder, 'prometheus'),
      targets: SERVICES.map((service) => new URL(bank.adminUrl(service)).host),
      groups: await scaledRules(TIME_SCALE),
      intervalSeconds: 1,
    });
    closing.push(prometheus.stop);
    return { bank, prometheus, runbooks, mailServer, superuser, agents, members, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Customers who request, agents who decide and both who read, until it's stopped; refusals and failures are what the alerts are about. */
function keepWorking(agents: readonly Person[], members: readonly Member[]) {
  let isOpen = true;
  async function customer(index: number): Promise<void> {
    const { person, accounts } = members[index] as Member;
    const agent = agents[index % agents.length] as Person;
    while (isOpen) {
      const signal = AbortSignal.timeout(5_000);
      const headers = () => ({ 'idempotency-key': randomUUID() });
      const body = { type: 'deposit', account_id: accounts[0]?.id, amount: 100 };
      const requested = await person.post('/api/operations', body, headers(), signal).catch(() => null);
      if (requested?.status === 201)
        await agent
          .post(`/api/operations/${requested.body.id}/approve`, undefined, headers(), signal)
          .catch(() => null);
      await person.ask('GET', '/api/accounts', undefined, {}, signal).catch(() => null);
      await sleep(PAUSE_MS);
    }
  }
  const working = Promise.all(Array.from({ length: CUSTOMERS }, (_, index) => customer(index)));
  return {
    async stop() {
      isOpen = false;
      await working;
    },
  };
}

/** Freezes a process again and again, until the returned function is called. */
export function stutter(bank: RunningBank, name: string, frozenMs: number, runsMs: number) {
  let isOpen = true;
  const stuttering = (async () => {
    while (isOpen) {
      bank.freeze(name);
      await sleep(frozenMs);
      bank.thaw(name);
      await sleep(runsMs);
    }
  })();
  return async (): Promise<void> => {
    isOpen = false;
    await stuttering;
  };
}

/** Waits until a service answers its readiness probe. */
export async function untilReady(bank: RunningBank, service: (typeof SERVICES)[number]): Promise<void> {
  await eventually(async () => (await fetch(`${bank.adminUrl(service)}/readyz`)).ok, 60_000);
}

/** Locks a table of the database. @returns what releases it */
export async function lock(runbooks: Runbooks, table: string): Promise<() => Promise<void>> {
  const session = await runbooks.session();
  await session.run(`LOCK TABLES ${table} WRITE`);
  return session.end;
}

/** Locks a table again and again. @returns what ends it */
export async function lockRepeatedly(
  runbooks: Runbooks,
  table: string,
  lockedSeconds: number,
): Promise<() => Promise<void>> {
  const session = await runbooks.session();
  let isOpen = true;
  const locking = (async () => {
    while (isOpen) {
      await session.run(`LOCK TABLES ${table} WRITE; DO SLEEP(${lockedSeconds}); UNLOCK TABLES`);
      await sleep(LOCKS_PAUSE_MS);
    }
  })();
  return async () => {
    isOpen = false;
    await locking;
    await session.end();
  };
}
