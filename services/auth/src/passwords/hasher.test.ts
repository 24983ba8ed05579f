import { Problem } from '@guichet/errors';
import test from 'ava';
import { createPasswordHasher, HASH_COST, type Origin } from './hasher.ts';

const cheap = { memoryKib: 64, passes: 1, parallelism: 1 };

test('a hash is a PHC string of argon2id with the cost that OWASP recommends, and only verifies its own password', async (t) => {
  const hasher = createPasswordHasher(2);
  const phc = await hasher.hash('a good long password');
  t.regex(phc, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  t.true(await hasher.verify('a good long password', phc));
  t.false(await hasher.verify('a good long passwore', phc));
  t.deepEqual(HASH_COST, { memoryKib: 19_456, passes: 2, parallelism: 1 });
});

test('two hashes of one password differ', async (t) => {
  const hasher = createPasswordHasher(2, cheap);
  t.not(await hasher.hash('the same password'), await hasher.hash('the same password'));
});

test('without a user the hasher does the same work and the password does not match', async (t) => {
  const hasher = createPasswordHasher(2, cheap);
  t.false(await hasher.verify('anything at all', null));
});

test('a password is the same however a keyboard composes its accents', async (t) => {
  const hasher = createPasswordHasher(2, cheap);
  t.true(await hasher.verify('de\u0301ja\u0300-vu-encore', await hasher.hash('d\u00e9j\u00e0-vu-encore')));
  t.true(await hasher.verify('de\ufb01nitely-\uff11\uff12\uff13', await hasher.hash('definitely-123')));
});

test('a hash of a lower cost verifies and is reported as dated, and one of a higher cost is not', async (t) => {
  const hasher = createPasswordHasher(1, { memoryKib: 128, passes: 2, parallelism: 1 });
  for (const [memoryKib, passes, isDated] of [
    [128, 1, true],
    [64, 2, true],
    [64, 8, true],
    [128, 2, false],
    [128, 3, false],
    [256, 1, false],
  ] as const) {
    const before = await createPasswordHasher(1, { memoryKib, passes, parallelism: 1 }).hash(
      'an older password',
    );
    t.true(await hasher.verify('an older password', before));
    t.is(hasher.isDated(before), isDated, `m=${memoryKib}, t=${passes}`);
  }
});

test('a call is refused when the queue is full', async (t) => {
  const hasher = createPasswordHasher(1, cheap);
  const outcomes = await Promise.allSettled(Array.from({ length: 260 }, () => hasher.verify('x', null)));
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason);
  t.is(refused.length, 59);
  t.true(refused.every((reason) => reason instanceof Problem && reason.code === 'unavailable'));
});

/** The names of calls in the order in which they end. */
async function orderOf(hasher: ReturnType<typeof createPasswordHasher>, calls: readonly [string, Origin][]) {
  const ended: string[] = [];
  await Promise.all(
    calls.map(async ([name, from]) => {
      await hasher.verify('x', null, from);
      ended.push(name);
    }),
  );
  return ended;
}

test('a known device waits for no call without one', async (t) => {
  const hasher = createPasswordHasher(1, cheap);
  const strangers = Array.from({ length: 64 }, (_, n) => [`stranger ${n}`, {}] as [string, Origin]);
  const ended = await orderOf(hasher, [
    ...strangers,
    ['one', { known: 'device 1' }],
    ['two', { known: 'device 2' }],
  ]);
  t.deepEqual(ended.slice(0, 3), ['stranger 0', 'one', 'two']);
  t.is(ended.length, 66);
});

test('nor when the queue of the others is full', async (t) => {
  const hasher = createPasswordHasher(1, cheap);
  const strangers = Array.from({ length: 201 }, () => hasher.verify('x', null));
  t.is(hasher.waiting, 200);
  await t.throwsAsync(hasher.verify('x', null));
  t.false(await hasher.verify('x', null, { known: 'device' }));
  await Promise.all(strangers);
});

test('of one device, one call at a time goes ahead, and another may once that has ended', async (t) => {
  const hasher = createPasswordHasher(1, cheap);
  const calls: [string, Origin][] = [
    ['stranger 0', {}],
    ['stranger 1', {}],
    ['first', { known: 'device' }],
    ['second', { known: 'device', failures: 1 }],
  ];
  t.deepEqual(await orderOf(hasher, calls), ['stranger 0', 'first', 'stranger 1', 'second']);
  t.deepEqual(await orderOf(hasher, calls), ['stranger 0', 'first', 'stranger 1', 'second']);
});

test('every other slot goes to the newest call from a network that has failed least, and the others go on', async (t) => {
  const hasher = createPasswordHasher(1, cheap);
  const guessers = Array.from(
    { length: 6 },
    (_, n) => [`guess ${n}`, { failures: 1 + n }] as [string, Origin],
  );
  const ended = await orderOf(hasher, [
    ...guessers,
    ['user', { failures: 0 }],
    ['typist', { failures: 1 }],
    ['other user', { failures: 0 }],
  ]);
  t.deepEqual(ended.slice(0, 6), ['guess 0', 'other user', 'guess 1', 'user', 'guess 2', 'typist']);
  t.is(ended.length, 9);
});

test('when the queue is full, a call from a network that has failed more makes room', async (t) => {
  const hasher = createPasswordHasher(1, cheap);
  const guesses = Promise.allSettled(
    Array.from({ length: 201 }, (_, n) => hasher.verify('x', null, { failures: n % 7 === 0 ? 9 : 3 })),
  );
  await t.throwsAsync(hasher.verify('x', null, { failures: 9 }), { instanceOf: Problem });
  t.false(await hasher.verify('x', null, { failures: 0 }));
  const refused = (await guesses).flatMap(({ status }, n) => (status === 'rejected' ? [n] : []));
  t.deepEqual(refused, [196]);
});
