import { Problem } from '@guichet/errors';
import test from 'ava';
import { createExportSlots } from './export-slots.ts';

function slotsAt(total: number) {
  let now = Date.now();
  const ended: string[] = [];
  const slots = createExportSlots(total, () => new Date(now));
  return {
    ended,
    take: (userId: string) => slots.take(userId, () => ended.push(userId)),
    later(ms: number) {
      now += ms;
    },
  };
}
const isBusy = (error: unknown) =>
  error instanceof Problem && error.code === 'unavailable' && error.headers['Retry-After'] === '30';

test('a user has one export at a time, and another one after it', (t) => {
  const { take } = slotsAt(8);
  const slot = take('alice');
  t.true(isBusy(t.throws(() => take('alice'))));
  take('bob');
  slot.release();
  t.notThrows(() => take('alice'));
});

test('beyond the limit an export is refused, as long as every client reads', (t) => {
  const { take, ended, later } = slotsAt(2);
  const [alice] = [take('alice'), take('bob')];
  alice?.clientReads(false);
  later(60_000);
  alice?.clientReads(true);
  t.true(isBusy(t.throws(() => take('carol'))));
  t.deepEqual(ended, []);
});

test('the export whose client has not read for longest makes room', (t) => {
  const { take, ended, later } = slotsAt(2);
  const [alice, bob] = [take('alice'), take('bob')];
  bob?.clientReads(false);
  later(3_000);
  alice?.clientReads(false);
  t.true(isBusy(t.throws(() => take('carol'))));
  later(3_000);
  take('carol');
  t.deepEqual(ended, ['bob']);
  // A slot that was ended later gives nothing back that another has taken since.
  bob?.release();
  t.true(isBusy(t.throws(() => take('carol'))));
});
