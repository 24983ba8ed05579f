import type { Role } from '@guichet/contract';
import type { Account, Beneficiary, Entry, Operation } from '@guichet/contract/accounts';
import type { User } from '@guichet/contract/auth';
import type { LogEntry } from '@guichet/contract/logging';
// Users, accounts and operations in the form of the HTTP contract, for tests and for previewing pages.

/** A UUID that is easy to recognize. */
export function fakeId(kind: number, number: number): string {
  return `0192f000-0000-7${String(kind).padStart(3, '0')}-8000-${String(number).padStart(12, '0')}`;
}

const NAMES: Record<string, [first: string, last: string]> = {
  alice: ['Alice', 'Martin'],
  bruno: ['Bruno', 'Lefèvre'],
  chloe: ['Chloé', 'Garnier'],
  root: ['Rose', 'Perrin'],
};

export function buildUser(username: string, role: Role, changes: Partial<User> = {}): User {
  const [first, last] = NAMES[username] ?? [null, null];
  const number = [...username].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0);
  return {
    id: fakeId(1, number),
    username,
    email: `${username}@example.org`,
    pending_email: null,
    first_name: first,
    last_name: last,
    role,
    status: 'active',
    language: 'en',
    totp_enabled: false,
    passkeys: 0,
    verified_name: first === null ? null : { first_name: first, last_name: last },
    email_confirmed: true,
    invitation_expires_at: null,
    created_at: '2026-08-03T09:12:00.000Z',
    ...changes,
  };
}

export function buildAccount(number: number, owner: User, changes: Partial<Account> = {}): Account {
  return {
    id: fakeId(2, number),
    owner_id: owner.id,
    owner_name: `${owner.first_name} ${owner.last_name}`,
    name: 'Household',
    type: 'current',
    product: 'current',
    currency: 'EUR',
    status: 'open',
    rib: { bank: '30099', branch: '00001', number: '00000000042', key: '38' },
    iban: 'FR7630099000010000000004238',
    bic: 'GUICFRPPXXX',
    balance: 482_317,
    held: 84_000,
    available: 398_317,
    overdraft: 0,
    limits: { operation: null, day: null },
    accrued_interest: 0,
    created_at: '2026-08-04T10:00:00.000Z',
    opened_at: '2026-08-04T11:30:00.000Z',
    closed_at: null,
    ...changes,
  };
}

export function buildOperation(number: number, requester: User, changes: Partial<Operation> = {}): Operation {
  return {
    id: fakeId(3, number),
    type: 'external_transfer',
    status: 'pending',
    amount: 84_000,
    currency: 'EUR',
    account_id: null,
    from_account_id: fakeId(2, 1),
    to_account_id: null,
    to: { name: 'Régie Immobilière du Parc', iban: 'FR7630006000011234567890189' },
    from: null,
    file: null,
    file_operation_id: null,
    interest_run: null,
    interest_run_id: null,
    payee_check: 'not_possible',
    reference: 'Rent November',
    reason: null,
    limits: null,
    execute_on: null,
    due_on: null,
    standing_order_id: null,
    terms: null,
    payment_status: null,
    batch_id: null,
    batched_at: null,
    sent_at: null,
    settled_at: null,
    reverses_transfer_id: null,
    reversed_by_transfer_id: null,
    reversed_at: null,
    requester: { id: requester.id, username: requester.username },
    required_approvals: 1,
    decisions: [],
    transfer_id: null,
    refusal: null,
    created_at: '2026-11-20T08:41:12.000Z',
    expires_at: '2026-12-20T08:41:12.000Z',
    decided_at: null,
    ...changes,
  };
}

/** `count` entries, newest first, with consistent balances. */
export function buildEntries(count: number, account: Account): Entry[] {
  const payees = ['Régie Immobilière du Parc', 'Épicerie Lenoir', 'SNCF Voyageurs', 'Atelier Vasseur', null];
  const entries: Entry[] = [];
  let balance = account.balance;
  for (let index = 0; index < count; index += 1) {
    const amount = index % 4 === 0 ? 210_000 + index * 317 : -(3_190 + ((index * 7_919) % 60_000));
    const payee = payees[index % payees.length] ?? null;
    entries.push({
      id: fakeId(4, index + 1),
      transfer_id: fakeId(5, index + 1),
      operation_id: fakeId(3, 100 + index),
      posted_at: new Date(Date.parse('2026-11-20T16:20:00.000Z') - index * 31 * 3600 * 1000).toISOString(),
      type: amount > 0 ? 'deposit' : 'external_transfer',
      amount,
      currency: account.currency,
      balance_after: balance,
      counterparty:
        amount > 0 || payee === null ? null : { name: payee, iban: 'FR7630006000011234567890189' },
      reference: index % 3 === 0 ? 'Rent November' : null,
      reverses_transfer_id: null,
      reversed_by_transfer_id: null,
    });
    balance -= amount;
  }
  return entries;
}

export function buildLogEntry(
  sequence: number,
  actor: User | null,
  changes: Partial<LogEntry> = {},
): LogEntry {
  return {
    id: fakeId(6, sequence),
    sequence,
    time: new Date(Date.parse('2026-11-20T16:20:00.000Z') - sequence * 3_600_000).toISOString(),
    level: 'INFO',
    service: 'accounts',
    action: 'TRANSFER_REQUESTED',
    actor: actor === null ? null : { id: actor.id, username: actor.username, role: actor.role },
    subject: { type: 'operation', id: fakeId(3, 1) },
    operation_id: fakeId(3, 1),
    message: `${actor?.username ?? 'The system'} requested a transfer of EUR 840.00.`,
    correlation_id: '5f1d2c1e-7a55-4c1b-9d43-0a8c5a1f2b3c',
    trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    data: { amount: 84_000, currency: 'EUR' },
    hash: '9f2b7d1c4a5e8f00112233445566778899aabbccddeeff00112233445566778899',
    ...changes,
  };
}

export const beneficiaries: Beneficiary[] = [
  {
    id: fakeId(7, 1),
    name: 'Régie Immobilière du Parc',
    iban: 'FR7630006000011234567890189',
    rib: { bank: '30006', branch: '00001', number: '12345678901', key: '89' },
    created_at: '2026-08-10T08:00:00.000Z',
  },
  {
    id: fakeId(7, 2),
    name: 'Chloé Garnier',
    iban: 'FR7630099000010000000009982',
    rib: { bank: '30099', branch: '00001', number: '00000000099', key: '82' },
    created_at: '2026-08-11T08:00:00.000Z',
  },
];
