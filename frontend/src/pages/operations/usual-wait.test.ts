import test from 'ava';
import { buildOperation, buildUser } from '../../testing/fixtures.ts';
import { usualWait } from './usual-wait.ts';

const alice = buildUser('alice', 'member');
const tookMinutes = (...minutes: number[]) =>
  minutes.map((each, index) => {
    const requestedAt = Date.parse('2026-11-20T08:00:00.000Z');
    return buildOperation(index, alice, {
      status: index % 2 === 0 ? 'posted' : 'rejected',
      created_at: new Date(requestedAt).toISOString(),
      decided_at: new Date(requestedAt + each * 60_000).toISOString(),
    });
  });

test('the usual wait is that of three quarters of the decisions, rounded up', (t) => {
  t.deepEqual(usualWait(tookMinutes(1, 2, 11.5, 3000)), { unit: 'minutes', count: 12 });
  t.deepEqual(usualWait(tookMinutes(10, 61, 100, 121, 130, 140, 600, 1000)), { unit: 'hours', count: 3 });
  t.deepEqual(usualWait(tookMinutes(10, 2000, 2000, 2000)), { unit: 'days', count: 2 });
  t.deepEqual(usualWait(tookMinutes(0, 0, 0, 0)), { unit: 'minutes', count: 1 });
});

test('too few decisions say nothing, and what the customer withdrew or expired does not count', (t) => {
  t.is(usualWait([]), null);
  t.is(usualWait(tookMinutes(5, 5, 5)), null);
  const withdrawn = tookMinutes(5, 5, 5, 5).map((one) => ({ ...one, status: 'cancelled' as const }));
  t.is(usualWait(withdrawn), null);
});
