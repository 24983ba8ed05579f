import type { LogEntry, LogVerification } from '@guichet/contract/logging';
import { buildLogEntry, buildUser, fakeId } from '../fixtures.ts';
import { postedTransfer } from './operations.ts';
import { alice, bruno } from './people.ts';

const chloe = buildUser('chloe', 'agent');
const MAIL = fakeId(8, 1);

type Written = [time: string, by: typeof alice | null, changes: Partial<LogEntry>];
const WRITTEN: Written[] = [
  ['08:41:12.000', alice, { action: 'TRANSFER_REQUESTED', data: step('pending') }],
  ['14:02:31.000', chloe, { action: 'OPERATION_VIEWED', data: moved() }],
  ['16:17:48.000', bruno, { action: 'OPERATION_VIEWED', data: moved() }],
  ['16:20:00.000', bruno, { action: 'TRANSFER_POSTED', data: { ...step('posted'), mail_ids: [MAIL] } }],
  [
    '16:20:04.000',
    null,
    {
      action: 'MAIL_SENT',
      service: 'mailer',
      subject: { type: 'mail', id: MAIL },
      data: { template: 'operation_decided' },
    },
  ],
];

/** The log about the posted transfer, newest first. */
const story: LogEntry[] = WRITTEN.map(([time, by, changes], index) =>
  buildLogEntry(1_187 + 4 * index, by, {
    time: `2026-11-20T${time}Z`,
    subject: { type: 'operation', id: postedTransfer.id },
    operation_id: postedTransfer.id,
    hash: hashOf(index),
    ...changes,
  }),
).toReversed();

/** The entries about the posted transfer that a reader finds: members don't see who opened it. */
export function storyFor(isStaff: boolean): LogEntry[] {
  return isStaff ? story : story.filter(({ action }) => action.startsWith('TRANSFER_'));
}

/** The outcome of verifying it: a checkpoint was signed before its email was sent. */
export const storyVerification: LogVerification = {
  ok: true,
  checked: 31,
  first_break: null,
  reason: null,
  head: { sequence: 1_218, hash: hashOf(9) },
  fault: null,
  unread: 0,
  entries: story.toReversed().map(({ id, sequence, time, action, hash }, index) => ({
    id,
    sequence,
    time,
    action,
    hash,
    proof: index < 4 ? 'signed' : 'linked',
    signed_at: index < 4 ? '2026-11-20T16:20:02.000Z' : null,
  })),
};

function moved() {
  const { type, amount, currency } = postedTransfer;
  return { operation_id: postedTransfer.id, type, amount, currency };
}

function step(status: string) {
  const { to } = postedTransfer;
  return {
    ...moved(),
    status,
    payee: to?.name,
    payee_iban: to?.iban,
    account_iban: 'FR7630099000010000000004238',
  };
}

function hashOf(number: number): string {
  return Array.from({ length: 8 }, (_, index) =>
    ((number + 3) * (index + 7) * 104_729_387).toString(16).slice(-8).padStart(8, '0'),
  ).join('');
}
