import test from 'ava';
import { type KeyFacts, planRotation } from './rules.ts';

const HOUR = 3_600_000;
const rotation = { intervalMs: 100 * HOUR, aheadMs: 2 * HOUR };
const start = new Date('2026-01-01T00:00:00Z');
const at = (hours: number) => new Date(start.getTime() + hours * HOUR);
const key = (kid: string, facts: Partial<KeyFacts>): KeyFacts => ({
  kid,
  state: 'signing',
  created_at: start,
  signing_since: start,
  needed_until: null,
  ...facts,
});

const publish = { do: 'create', as: 'published' } as const;

test('the first key signs at once, and the next one is published', (t) => {
  t.deepEqual(planRotation([], start, rotation), [{ do: 'create', as: 'signing' }, publish]);
});

test('there always is a next key, and no other step is due while a key has time left', (t) => {
  t.deepEqual(planRotation([key('a', {})], at(1), rotation), [publish]);
  const next = key('b', { state: 'published', signing_since: null });
  t.deepEqual(planRotation([key('a', {}), next], at(99.9), rotation), []);
});

test('the next key replaces the previous one, and another is published', (t) => {
  const next = key('b', { state: 'published', created_at: at(98), signing_since: null });
  t.deepEqual(planRotation([key('a', {}), next], at(100), rotation), [
    { do: 'promote', kid: 'b' },
    { do: 'retire', kid: 'a' },
    publish,
  ]);
});

test('when the signing key is gone, the next one signs at once, however new it is', (t) => {
  const next = key('b', { state: 'published', created_at: at(1), signing_since: null });
  t.deepEqual(planRotation([next], at(1), rotation), [{ do: 'promote', kid: 'b' }, publish]);
});

test('after a long pause the next key is still published for the full time before it signs', (t) => {
  const old = key('a', {});
  t.deepEqual(planRotation([old], at(500), rotation), [publish]);
  const next = key('b', { state: 'published', created_at: at(500), signing_since: null });
  t.deepEqual(planRotation([old, next], at(501), rotation), []);
  t.is(planRotation([old, next], at(502), rotation).length, 3);
});

test('a retired key is removed once its last token has expired, and not before', (t) => {
  const retired = key('a', { state: 'verify_only', needed_until: at(10) });
  const signing = key('b', { signing_since: at(9) });
  const next = key('c', { state: 'published', signing_since: null });
  t.deepEqual(planRotation([retired, signing, next], at(9.9), rotation), []);
  t.deepEqual(planRotation([retired, signing, next], at(10), rotation), [{ do: 'remove', kid: 'a' }]);
});
