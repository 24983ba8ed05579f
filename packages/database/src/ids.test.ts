import test from 'ava';
import { firstIdOf, nameBasedId, newId } from './ids.ts';

test('ids are UUIDv7 in lower case and contain the time', (t) => {
  const before = Date.now();
  const id = newId();
  t.regex(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const ms = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
  t.true(ms >= before && ms <= Date.now() + 1);
});

test('ids of one process are unique and in the order of the calls', (t) => {
  const ids = Array.from({ length: 50_000 }, () => newId());
  t.is(new Set(ids).size, ids.length);
  t.deepEqual(ids.toSorted(), ids);
});

test('if the clock is set back, new ids still sort after older ones', (t) => {
  const ids = [0, 5, -3_600_000, 1, 5].map((shift) => newId(new Date(4_102_444_800_000 + shift)));
  t.deepEqual(ids.toSorted(), ids);
  t.is(new Set(ids).size, ids.length);
});

test('ids with a given time do not depend on the machine’s time', (t) => {
  newId();
  const given = new Date('2001-02-03T04:05:06.789Z');
  const fresh = newId(new Date(Math.max(given.getTime(), 4_102_444_800_000)));
  t.true(firstIdOf(given) < fresh);
  t.is(newId().slice(0, 6), firstIdOf(new Date()).slice(0, 6));
});

test('no id created since a moment is below the first id of that moment', (t) => {
  const moment = new Date(4_102_444_900_000);
  t.true(newId(moment) >= firstIdOf(moment));
  t.true(newId(new Date(moment.getTime() + 1)) > firstIdOf(moment));
});

// The example of RFC 9562, appendix A.4, in the namespace of domain names.
test('a name-based id is the one that the standard computes', (t) => {
  t.is(
    nameBasedId('www.example.com', '6ba7b810-9dad-11d1-80b4-00c04fd430c8'),
    '2ed6657d-e927-568b-95e1-2665a8aea6a2',
  );
});
