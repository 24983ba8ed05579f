import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@guichet/testing';
import { type BankRunOptions, type RunningBank, startBank } from '@guichet/tools';
import { Person } from '../person.ts';
import { collectEvidence } from './evidence.ts';
import { inject, nameOf, type PlannedEvent, type PlannedFault } from './inject.ts';
import { LOGGED_ACTIONS } from './known-operations.ts';
import { fillAccounts, type Load, type Member, runCustomer } from './load.ts';
import { type MailSink, startMailSink } from './mail-sink.ts';
import { openAccounts } from './open-accounts.ts';
import { type Phase, PhaseRecorder } from './phases.ts';
import { pidsOf, restartsSince } from './restarts.ts';
import { type Finding, tally } from './tally.ts';

export interface FaultRun {
  faults: readonly (PlannedFault | PlannedEvent)[];
  /** At least so many operations over the whole run. */
  operations: number;
  /** How long a process stays frozen or cut off. */
  lastsMs: number;
  /** Operations per second at most. */
  rate: number;
  /** How long without a mail the end waits for those that are left. */
  mailQuietMs: number;
  say?: (text: string) => void;
}

export interface FaultReport {
  phases: Phase[];
  findings: Finding[];
  operations: number;
  seconds: number;
  /** Mails that arrived, about these operations and about the users and accounts before them. */
  mails: number;
}

const CUSTOMERS_PER_MEMBER = 8;
const RENEW_TOKENS_AFTER_MS = 40 * 60_000;
const CAUGHT_UP_WITHIN_MS = 120_000;

/** A bank whose processes can be cut off, its mail server, and everything that its clients know. */
export interface FaultBank {
  bank: RunningBank;
  load: Load;
  sink: MailSink;
  stop(): Promise<void>;
}

/**
 * Starts a separate bank with three NATS nodes, and with `cluster` also three database nodes and two processes of each service. One agent decides
 * everything, and tokens are rarely renewed. @param database of the cluster: a Galera cluster by default, a group of three with MySQL
 */
export async function startFaultBank({
  cluster = false,
  database,
}: {
  cluster?: boolean;
  database?: BankRunOptions['database'];
} = {}): Promise<FaultBank> {
  const phases = new PhaseRecorder();
  const sink = await startMailSink(() => phases.index);
  const environment = { TOKEN_TTL_SECONDS: '3600', DECISION_SECOND_AGENT_ABOVE: '1000000000000' };
  const options = {
    natsNodes: 3,
    ...(cluster ? ({ databaseNodes: 3, processes: 2 } as const) : {}),
    ...(database === undefined ? {} : { database }),
    proxied: true,
    environment,
    smtpPort: sink.port,
  } as const;
  try {
    const bank = await startBank(options);
    const stop = async (): Promise<void> => {
      await bank.stop();
      await sink.stop();
    };
    try {
      const load: Load = { ...(await openAccounts(bank)), known: [], phases, rate: Infinity };
      await fillAccounts(load);
      return { bank, load, sink, stop };
    } catch (error) {
      await bank.stop();
      throw error;
    }
  } catch (error) {
    await sink.stop();
    throw error;
  }
}

/** Lets each fault happen in turn while customers and agents work, then compares everything that was acknowledged with what the bank has. */
export async function runFaults(
  { bank, load, sink }: FaultBank,
  { faults, operations, lastsMs, rate, mailQuietMs, say = () => undefined }: FaultRun,
): Promise<FaultReport> {
  const { phases } = load;
  const share = Math.ceil(operations / (faults.length + 1));
  const restarts: Finding[] = [];
  const beganAt = performance.now();
  phases.begin('none');
  let isOpen = true;
  load.rate = rate;
  const customers = load.members.flatMap((member: Member) =>
    Array.from({ length: CUSTOMERS_PER_MEMBER }, () => runCustomer(load, member, () => isOpen)),
  );
  const all = Promise.all(customers);
  const faulting = (async () => {
    await eventually(() => phases.current.acknowledged >= share, CAUGHT_UP_WITHIN_MS);
    let renewedAt = performance.now();
    for (const fault of faults) {
      if (performance.now() - renewedAt > RENEW_TOKENS_AFTER_MS) {
        await renewTokens(load);
        renewedAt = performance.now();
      }
      phases.begin(nameOf(fault));
      const before = pidsOf(bank);
      await inject(bank, fault, lastsMs);
      await finishPhase(load, share);
      // An event, such as an upgrade, restarts services itself.
      if ('fault' in fault) restarts.push(...restartsSince(before, pidsOf(bank), fault, phases.index));
      say(describe(phases.current));
    }
  })();
  try {
    // The first failure ends the run.
    await Promise.race([faulting, all.then(() => faulting)]);
  } finally {
    isOpen = false;
    faulting.catch(() => undefined);
    all.catch(() => undefined);
  }
  await all;
  const seconds = (performance.now() - beganAt) / 1000;
  const decisions = load.known.length;
  say(`${decisions} operations in ${Math.round(seconds)} s; comparing …`);
  await waitForLog(load, decisions);
  await waitForRedelivery(bank);
  await waitForMails(bank, sink, mailQuietMs);
  const evidence = await collectEvidence(load, sink.accepted);
  return {
    phases: phases.phases,
    findings: [...restarts, ...tally(load.known, evidence)],
    operations: decisions,
    seconds,
    mails: sink.accepted.size,
  };
}

/** Logs in again beside the customers, who go on with the new tokens. */
async function renewTokens({ members, agents }: Load): Promise<void> {
  for (const person of [...agents, ...members.map((member) => member.person)]) {
    const again = new Person(person.origin, person.username, person.password);
    await again.logIn();
    person.tokens = again.tokens;
  }
}

/** Ends once the bank works again, the log has caught up, and the phase has its share of the operations. */
async function finishPhase(load: Load, share: number): Promise<void> {
  const phase = load.phases.current;
  const healedAt = performance.now();
  const { acknowledged } = load.phases;
  await waitForLog(load, decidedOf(load));
  phase.catchUpMs = performance.now() - healedAt;
  await eventually(
    () => phase.acknowledged >= share && load.phases.acknowledged > acknowledged,
    CAUGHT_UP_WITHIN_MS,
  );
  phase.longestWithoutDecisionMs = Math.max(phase.longestWithoutDecisionMs, load.phases.idleMs);
}

function decidedOf({ known }: Load): number {
  return known.filter(({ decision }) => decision !== null).length;
}

/** Waits until the log has so many decisions. What is still missing afterwards, the tally names. */
async function waitForLog({ agents }: Load, decisions: number): Promise<void> {
  const [agent] = agents;
  const actions = LOGGED_ACTIONS.filter((action) => !action.endsWith('_REQUESTED'));
  const isLogged = async (): Promise<boolean> => {
    const reply = await agent?.ask('GET', '/api/logs/stats', undefined, {}, AbortSignal.timeout(5_000));
    const counts: Record<string, number> = reply?.body?.by_action ?? {};
    return actions.reduce((total, action) => total + (counts[action] ?? 0), 0) >= decisions;
  };
  await eventually(async () => {
    if (await isLogged().catch(() => false)) return true;
    await sleep(100);
    return false;
  }, CAUGHT_UP_WITHIN_MS).catch(() => undefined);
}

/** Waits for what a killed process had not acknowledged: it's delivered again only when its time to acknowledge is over. */
async function waitForRedelivery(bank: RunningBank): Promise<void> {
  await eventually(() => hasNoLag(bank, 'logging', 'LOG').catch(() => false), CAUGHT_UP_WITHIN_MS).catch(
    () => undefined,
  );
}

/** Whether a service has acknowledged everything of a stream. */
async function hasNoLag(bank: RunningBank, service: 'logging' | 'mailer', stream: string): Promise<boolean> {
  const metrics = await fetch(`${bank.adminUrl(service)}/metrics`).then((reply) => reply.text());
  return new RegExp(`^guichet_consumer_lag_messages\\{[^}]*stream="${stream}"[^}]*\\} 0$`, 'm').test(metrics);
}

/**
 * Waits until no mail is left to send, for as long as some still arrive within `quietMs`. One whose mailer was killed is delivered again only when its time to
 * acknowledge is over.
 */
async function waitForMails(bank: RunningBank, sink: MailSink, quietMs: number): Promise<void> {
  const isDone = () => hasNoLag(bank, 'mailer', 'MAIL');
  let count = sink.accepted.size;
  let quietSince = performance.now();
  while (performance.now() - quietSince < quietMs) {
    if (await isDone().catch(() => false)) return;
    await sleep(500);
    if (sink.accepted.size === count) continue;
    count = sink.accepted.size;
    quietSince = performance.now();
  }
}

function describe(phase: Phase): string {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  const reasons = Object.entries(phase.reasons).map(([reason, count]) => `${count} × ${reason}`);
  return `${phase.name}: ${phase.acknowledged} operations, ${phase.failed} failed requests (${reasons.join(', ') || 'none'}), ${phase.retries} retries, ${seconds(phase.longestWithoutDecisionMs)} without a decision, longest request ${seconds(phase.longestRequestMs)}, log caught up in ${seconds(phase.catchUpMs)}`;
}
