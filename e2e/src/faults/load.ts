import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Person, Reply } from '../person.ts';
import type { Decision, Kind, KnownOperation } from './known-operations.ts';
import type { PhaseRecorder } from './phases.ts';

export interface Member {
  person: Person;
  accounts: readonly { id: string; iban: string }[];
}

/** Customers and agents, and everything that the bank has acknowledged to them. */
export interface Load {
  members: readonly Member[];
  agents: readonly Person[];
  known: KnownOperation[];
  phases: PhaseRecorder;
  /** Operations requested per second at most; Infinity for as many as possible. */
  rate: number;
}

/** How long one request may take before its client gives up and retries. */
const ATTEMPT_WITHIN_MS = 5_000;
const RETRY_PAUSE_MS = 200;
/** Longer than any fault: after this, the bank has not recovered. */
const ANSWER_WITHIN_MS = 120_000;
const LARGEST = 500;
/** So that no withdrawal is refused. */
const FIRST_DEPOSIT = 1_000_000_000;

/**
 * Posts a request, and again with the same idempotency key until it's answered, as a careful client does.
 * @throws Error if there is no answer for minutes
 */
async function postUntilAnswered(load: Load, by: Person, path: string, body?: unknown): Promise<Reply> {
  const key = randomUUID();
  const giveUpAt = performance.now() + ANSWER_WITHIN_MS;
  for (let isRetry = false; ; isRetry = true) {
    const beganAt = performance.now();
    const signal = AbortSignal.timeout(ATTEMPT_WITHIN_MS);
    const reply = await by
      .post(path, body, { 'idempotency-key': key }, signal)
      .catch((error: NodeJS.ErrnoException) => (signal.aborted ? 'too late' : (error.code ?? error.name)));
    const failure = typeof reply === 'string' ? reply : reply.status < 500 ? null : reasonOf(reply);
    load.phases.attempted(performance.now() - beganAt, isRetry, failure);
    if (typeof reply !== 'string' && failure === null && reply.body?.code !== 'request_in_progress')
      return reply;
    if (performance.now() > giveUpAt)
      throw new Error(`${path} got no answer for ${ANSWER_WITHIN_MS / 1000} s: ${failure ?? 'in progress'}`);
    await sleep(RETRY_PAUSE_MS);
  }
}

function reasonOf({ status, body }: Reply): string {
  return [status, body?.code, body?.detail].filter(Boolean).join(' ');
}

/** Gives each account money to spend. */
export async function fillAccounts(load: Load): Promise<void> {
  for (const member of load.members)
    for (const { id } of member.accounts) {
      const operation = newOperation(load, 'deposit', { [id]: FIRST_DEPOSIT });
      const body = { type: 'deposit', account_id: id, amount: FIRST_DEPOSIT };
      await request(load, member, operation, body);
      await decide(load, operation, 'posted');
    }
}

/** Requests operations and has them decided, singly or in batches, while `isOpen()`. */
export async function runCustomer(load: Load, member: Member, isOpen: () => boolean): Promise<void> {
  while (isOpen()) {
    const count = randomInt(5) === 0 ? 2 + randomInt(4) : 1;
    const operations = await Promise.all(Array.from({ length: count }, () => requestAny(load, member)));
    if (count === 1) {
      const [operation] = operations as [KnownOperation];
      await decide(load, operation, anyDecision());
    } else {
      await decideInBulk(load, operations);
    }
    await keepRate(load, count, isOpen);
  }
}

const startedAt = new WeakMap<Load, { at: number; done: number }>();

/** Waits as long as the customers are ahead of their rate. */
async function keepRate(load: Load, count: number, isOpen: () => boolean): Promise<void> {
  const now = performance.now();
  const pace = startedAt.get(load) ?? { at: now, done: 0 };
  startedAt.set(load, pace);
  // Requests that a fault prevented are not made up for.
  if (now > pace.at + (pace.done / load.rate) * 1000 + 1_000) Object.assign(pace, { at: now, done: 0 });
  pace.done += count;
  const dueAt = pace.at + (pace.done / load.rate) * 1000;
  if (dueAt > now && isOpen()) await sleep(dueAt - now);
}

function anyDecision(): Decision {
  return randomInt(10) === 0 ? 'rejected' : 'posted';
}

function newOperation(load: Load, kind: Kind, effects: Record<string, number>): KnownOperation {
  const operation: KnownOperation = {
    reference: randomUUID(),
    kind,
    effects,
    phase: load.phases.index,
    id: null,
    decision: null,
  };
  load.known.push(operation);
  return operation;
}

async function requestAny(load: Load, member: Member): Promise<KnownOperation> {
  const amount = 1 + randomInt(LARGEST);
  const [first, second] = member.accounts;
  if (first === undefined || second === undefined) throw new Error('a member needs two accounts');
  const chance = randomInt(10);
  if (chance < 4) {
    const operation = newOperation(load, 'deposit', { [first.id]: amount });
    return request(load, member, operation, { type: 'deposit', account_id: first.id, amount });
  }
  if (chance < 6) {
    const operation = newOperation(load, 'withdrawal', { [second.id]: -amount });
    return request(load, member, operation, { type: 'withdrawal', account_id: second.id, amount });
  }
  if (chance < 8) {
    const effects = { [first.id]: -amount, [second.id]: amount };
    const operation = newOperation(load, 'internal_transfer', effects);
    const [from_account_id, to_account_id] = [first.id, second.id];
    const body = { type: 'internal_transfer', from_account_id, to_account_id, amount };
    return request(load, member, operation, body);
  }
  const others = load.members.filter((one) => one !== member);
  const payee = others[randomInt(others.length)]?.accounts[0];
  if (payee === undefined) throw new Error('transfers need a second member');
  const operation = newOperation(load, 'external_transfer', { [second.id]: -amount, [payee.id]: amount });
  const to = { name: 'A friend', iban: payee.iban };
  const body = { type: 'external_transfer', from_account_id: second.id, to, amount };
  return request(load, member, operation, body);
}

/** @throws Error if the bank refuses a valid request */
async function request(
  load: Load,
  { person }: Member,
  operation: KnownOperation,
  body: object,
): Promise<KnownOperation> {
  const { reference } = operation;
  const reply = await postUntilAnswered(load, person, '/api/operations', { ...body, reference });
  if (reply.status !== 201) throw new Error(`a request was refused: ${reply.text}`);
  operation.id = reply.body.id;
  return operation;
}

/** @throws Error if the bank refuses a valid decision */
async function decide(load: Load, operation: KnownOperation, decision: Decision): Promise<void> {
  const [action, body] = decision === 'posted' ? ['approve'] : ['reject', { reason: 'Not today' }];
  const path = `/api/operations/${operation.id}/${action}`;
  const reply = await postUntilAnswered(load, anyAgent(load), path, body);
  if (reply.body?.status !== decision) throw new Error(`a decision was refused: ${reply.text}`);
  operation.decision = decision;
  load.phases.decided(1);
}

async function decideInBulk(load: Load, operations: readonly KnownOperation[]): Promise<void> {
  const decisions = new Map(operations.map((operation) => [operation.id, anyDecision()]));
  const items = [...decisions].map(([id, decision]) =>
    decision === 'posted' ? { id, decision: 'approve' } : { id, decision: 'reject', reason: 'Not today' },
  );
  const reply = await postUntilAnswered(load, anyAgent(load), '/api/operations/decisions', { items });
  for (const operation of operations) {
    const item = reply.body?.items?.find(({ id }: { id: string }) => id === operation.id);
    const decision = decisions.get(operation.id);
    if (item?.status !== decision) throw new Error(`a decision in a batch was refused: ${reply.text}`);
    operation.decision = decision ?? null;
  }
  load.phases.decided(operations.length);
}

function anyAgent({ agents }: Load): Person {
  return agents[randomInt(agents.length)] as Person;
}
