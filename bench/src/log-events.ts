import { type ReceivedAuditEvent, SLOT } from '@guichet/contract/events';
import { newId } from '@guichet/database';

const DAY_MS = 86_400_000;
const DAYS = 90;
const MEMBERS = 10_000;
const AGENTS = 20;
const NAMES = ['amelie', 'bruno', 'carla', 'dora', 'emil', 'fatou', 'gaspard', 'helene', 'ines', 'jonas'];

const SURNAMES = ['Martin', 'Bernard', 'Petit', 'Robert', 'Moreau', 'Laurent', 'Garcia'];
const ACCOUNT_NAMES = ['Current account', 'Savings', 'Holidays', 'Household'];

/** The account of the member with a number. */
export function ibanOf(number: number): string {
  return `FR76300060000${String(number).padStart(11, '0')}89`;
}

interface Person {
  id: string;
  username: string;
}

/** What the entries of the benchmark's log name, for the queries that look for it. */
export interface LogPopulation {
  agents: readonly Person[];
  members: readonly Person[];
  /** A member whom no entry names. */
  unknown: Person;
}

/** The people of the log: their ids are in the order of their numbers. */
export function logPopulation(now: Date): LogPopulation {
  const before = new Date(now.getTime() - (DAYS + 1) * DAY_MS);
  const person = (username: string): Person => ({ id: newId(before), username });
  return {
    agents: Array.from({ length: AGENTS }, (_, index) =>
      person(`agent.${NAMES[index % NAMES.length]}${index}`),
    ),
    members: Array.from({ length: MEMBERS }, (_, index) => person(`${NAMES[index % NAMES.length]}${index}`)),
    unknown: person('nathanael10000'),
  };
}

/**
 * The entry at `index` of a log of `count` entries over ninety days: sign-ins, requests and decisions, as customers and agents leave them. Two of the
 * entries, long ago, were logged by an operator.
 */
export function logEvent(people: LogPopulation, index: number, count: number, now: Date): ReceivedAuditEvent {
  const time = new Date(now.getTime() - DAYS * DAY_MS + Math.floor((index / count) * DAYS * DAY_MS));
  // Knuth's multiplicative hash: the same people in every run, and neighbours differ.
  const random = Math.imul(index + 1, 0x9e3779b1) >>> 0;
  const member = people.members[random % MEMBERS] as Person;
  const agent = people.agents[random % AGENTS] as Person;
  const event = {
    id: newId(time),
    time: time.toISOString(),
    level: 'INFO' as const,
    operation_id: null,
    concerns: [member.id],
    names: [] as { of: string; text: string }[],
    correlation_id: newId(time),
    traceparent: `00-${newId(time).replaceAll('-', '')}-00000000${(random | 1).toString(16).padStart(8, '0')}-00`,
    data: {
      ip: '192.0.2.7',
      user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
    },
  };
  const byMember = { ...event, actor: { ...member, role: 'member' as const } };
  const byAgent = { ...event, actor: { ...agent, role: 'agent' as const } };
  const operation = newId(time);
  const number = random % MEMBERS;
  const onOperation = {
    service: 'accounts',
    subject: { type: 'operation', id: operation },
    operation_id: operation,
    data: {
      operation_id: operation,
      type: 'external_transfer',
      amount: random % 90_000,
      currency: 'EUR',
      account_name: ACCOUNT_NAMES[number % ACCOUNT_NAMES.length],
      account_iban: ibanOf(number),
      // Each member pays a few others.
      payee: `${NAMES[(random >>> 8) % NAMES.length]} ${SURNAMES[number % SURNAMES.length]}`,
      payee_iban: ibanOf((number * 7 + (random % 3)) % MEMBERS),
    },
  };
  const onUser = {
    service: 'auth',
    subject: { type: 'user', id: member.id },
    names: [{ of: member.id, text: member.username }],
  };
  if (index === 1_000 || index === 1_001) {
    const message = `An operator ended the sessions of ${SLOT}.`;
    return { ...event, ...onUser, actor: null, level: 'WARNING', action: 'ADMIN_COMMAND', message };
  }
  const kind = (random >>> 16) % 100;
  if (kind < 30)
    return {
      ...byMember,
      ...onOperation,
      action: 'TRANSFER_REQUESTED',
      message: 'External transfer requested',
    };
  if (kind < 60)
    return { ...byAgent, ...onOperation, action: 'TRANSFER_POSTED', message: 'External transfer posted' };
  if (kind < 63)
    return {
      ...byAgent,
      ...onOperation,
      data: { ...onOperation.data, reason: 'The payee is unknown' },
      action: 'TRANSFER_REJECTED',
      message: 'External transfer rejected',
    };
  const { payee: _, payee_iban: __, ...deposited } = onOperation.data;
  const onDeposit = { ...onOperation, data: { ...deposited, type: 'deposit' } };
  if (kind < 68)
    return { ...byMember, ...onDeposit, action: 'DEPOSIT_REQUESTED', message: 'Deposit requested' };
  if (kind < 73) return { ...byAgent, ...onDeposit, action: 'DEPOSIT_POSTED', message: 'Deposit posted' };
  if (kind < 88) return { ...byMember, ...onUser, action: 'LOGIN', message: `${SLOT} signed in.` };
  if (kind < 97) return { ...byMember, ...onUser, action: 'LOGOUT', message: `${SLOT} signed out.` };
  const message = `Failed sign-in as ${SLOT}.`;
  return { ...event, ...onUser, actor: null, level: 'WARNING', action: 'LOGIN_FAILED', message };
}
