import type { Operation } from '@guichet/contract/accounts';
import type { LogEntry } from '@guichet/contract/logging';
import test from 'ava';
import { buildLogEntry, buildOperation, buildUser, fakeId } from '../../testing/fixtures.ts';
import { tellStory } from './story.ts';

const alice = buildUser('alice', 'member');
const bruno = buildUser('bruno', 'agent');
const chloe = buildUser('chloe', 'agent');
const at = (minutes: number) =>
  new Date(Date.parse('2026-11-20T08:00:00.000Z') + minutes * 60_000).toISOString();
const approvedBy = ({ id, username }: typeof bruno, minutes: number) =>
  ({ by: { id, username }, decision: 'approve', reason: null, at: at(minutes) }) as const;

const operationWith = (changes: Partial<Operation>) =>
  buildOperation(1, alice, { payee_check: null, created_at: at(0), ...changes });
const entry = (
  minutes: number,
  action: string,
  data: LogEntry['data'] = {},
  by: typeof bruno | null = bruno,
) => buildLogEntry(minutes + 100, by, { action, time: at(minutes), data });
const aboutMail = (minutes: number, action: string, id: string) => ({
  ...entry(minutes, action, {}, null),
  subject: { type: 'mail', id },
});

const story = (
  changes: Partial<Operation>,
  entries: LogEntry[] | null,
  { isStaff = true, now = at(100_000) }: { isStaff?: boolean; now?: string } = {},
) => tellStory(operationWith(changes), { reversal: null, entries, isStaff, now: new Date(now) });
const namesOf = (steps: ReturnType<typeof story>) => steps.map(({ what }) => what);

test('what agents did in the log is told between the steps, in order', (t) => {
  const steps = story(
    {
      status: 'posted',
      required_approvals: 2,
      decisions: [approvedBy(bruno, 20), approvedBy(chloe, 60)],
      decided_at: at(60),
    },
    [
      entry(0, 'TRANSFER_REQUESTED', { status: 'pending' }, alice),
      entry(10, 'OPERATION_VIEWED'),
      entry(15, 'DECISION_REFUSED', { code: 'insufficient_funds' }),
      entry(20, 'TRANSFER_APPROVED', { status: 'approved', mail_ids: [] }),
      entry(50, 'OPERATION_VIEWED', {}, chloe),
      entry(60, 'TRANSFER_POSTED', { status: 'posted', mail_ids: [] }, chloe),
    ],
  );
  t.deepEqual(
    steps.map(({ what, by, entry: sequence, refusal }) => [what, by, sequence, refusal]),
    [
      ['requested', 'alice', 100, null],
      ['held', null, null, null],
      ['viewed', 'bruno', 110, null],
      ['decision_refused', 'bruno', 115, 'insufficient_funds'],
      ['approved_first', 'bruno', 120, null],
      ['viewed', 'chloe', 150, null],
      ['approved', 'chloe', null, null],
      ['posted', null, 160, null],
    ],
  );
  t.deepEqual(
    steps.map(({ lacksEntry }) => lacksEntry),
    steps.map(() => null),
  );
});

test('the time since the step before is in the largest unit that fits, and none between steps of one moment', (t) => {
  const steps = story({ status: 'posted', decisions: [approvedBy(bruno, 3_000)], decided_at: at(3_000) }, [
    entry(0.5, 'OPERATION_VIEWED'),
    entry(3, 'DECISION_REFUSED'),
    entry(100, 'OPERATION_VIEWED'),
  ]);
  t.deepEqual(
    steps.map(({ what, since }) => `${what} ${since === null ? '-' : `${since.count} ${since.unit}`}`),
    [
      'requested -',
      'held -',
      'viewed 30 seconds',
      'decision_refused 2 minutes',
      'viewed 1 hours',
      'approved 2 days',
      'posted -',
    ],
  );
});

test('views that follow each other are one step, which names each', (t) => {
  const [, , viewed, ...rest] = story({}, [
    entry(10, 'OPERATION_VIEWED'),
    entry(20, 'OPERATION_VIEWED', {}, chloe),
    entry(80, 'OPERATION_VIEWED'),
  ]);
  t.deepEqual(viewed?.views, [
    { by: 'bruno', at: at(10) },
    { by: 'chloe', at: at(20) },
    { by: 'bruno', at: at(80) },
  ]);
  t.deepEqual(namesOf(rest), ['waiting', 'ahead']);
});

test('each mail has the last that happened to it', (t) => {
  const ids = [1, 2, 3, 4, 5, 6].map((number) => fakeId(8, number));
  const [sent = '', failed = '', again = '', discarded = '', , withheld = ''] = ids;
  const last = story({ status: 'posted', decided_at: at(5) }, [
    entry(5, 'TRANSFER_POSTED', { status: 'posted', mail_ids: ids }),
    aboutMail(6, 'MAIL_SENT', sent),
    aboutMail(7, 'MAIL_DEAD_LETTERED', failed),
    aboutMail(7, 'MAIL_DEAD_LETTERED', again),
    aboutMail(8, 'MAIL_SENT_AGAIN', again),
    aboutMail(9, 'MAIL_SENT', again),
    aboutMail(7, 'MAIL_DEAD_LETTERED', discarded),
    aboutMail(8, 'MAIL_DISCARDED', discarded),
    aboutMail(8, 'MAIL_WITHHELD', withheld),
  ]).at(-1);
  t.deepEqual(
    last?.mails.map(({ state, at: time }) => [state, time]),
    [
      ['sent', at(6)],
      ['failed', at(7)],
      ['sent', at(9)],
      ['discarded', at(8)],
      ['waiting', null],
      ['withheld', at(8)],
    ],
  );
});

test('a step without its entry is late at first, then missing; without the log nothing is said', (t) => {
  const posted = { status: 'posted', decided_at: at(60) } as const;
  const requested = [entry(0, 'TRANSFER_REQUESTED', { status: 'pending' }, alice)];
  const lacks = (...args: Parameters<typeof story>) => story(...args).map(({ lacksEntry }) => lacksEntry);
  t.deepEqual(lacks(posted, requested, { now: at(61) }), [null, null, 'late']);
  t.deepEqual(lacks(posted, requested, { now: at(70) }), [null, null, 'missing']);
  t.deepEqual(lacks(posted, null), [null, null, null]);
  t.deepEqual(lacks(posted, [], { isStaff: false }), [null, null, null]);
});

test('every ending has its entry', (t) => {
  for (const status of ['rejected', 'cancelled', 'expired'] as const) {
    const reject = { ...approvedBy(bruno, 9), decision: 'reject', reason: 'No' } as const;
    const steps = story({ status, decided_at: at(9), decisions: status === 'rejected' ? [reject] : [] }, [
      entry(0, 'TRANSFER_REQUESTED', { status: 'pending' }, alice),
      entry(9, 'ANY', { status, mail_ids: [] }),
    ]);
    t.is(steps.find(({ what }) => what === status)?.entry, 109, status);
    t.is(steps.at(-1)?.what, 'released');
  }
});
