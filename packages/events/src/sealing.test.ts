import { SERVICES, type ServiceName } from '@guichet/contract';
import { READERS, SENDERS } from '@guichet/contract/events';
import test from 'ava';
import fc from 'fast-check';
import type { EventKeys } from './event-keys.ts';
import { createEnvelope, type Envelope, generateSealingKeys } from './sealing.ts';

const pairs = Object.fromEntries(SERVICES.map((party) => [party, generateSealingKeys()])) as Record<
  ServiceName,
  ReturnType<typeof generateSealingKeys>
>;
const publicKeys = Object.fromEntries(
  SERVICES.map((party) => [party, [pairs[party].publicKey]]),
) as unknown as EventKeys['publicKeys'];
const envelopes = Object.fromEntries(
  SERVICES.map((party) => [
    party,
    createEnvelope(party, { secretKeys: [pairs[party].secretKey], publicKeys }),
  ]),
) as Record<ServiceName, Envelope>;

const SUBJECTS = {
  log: 'log.system.info',
  mail: 'mail.activated',
  dead: 'dead.mail.activated',
  users: 'users.u1',
  revocations: 'revocations.s1',
} as const;
const topics = Object.keys(SUBJECTS) as (keyof typeof SUBJECTS)[];
const entry = { id: 'e1', subject: SUBJECTS.log };

test('each reader, and no other service, opens a message sealed to it and learns the sender', (t) => {
  for (const topic of topics) {
    for (const sender of SENDERS[topic]) {
      const message = { id: 'm1', subject: SUBJECTS[topic] };
      const data = envelopes[sender].seal({ ...message, payload: Buffer.from('secretly') });
      t.false(data.includes('secretly'));
      for (const party of SERVICES) {
        if (READERS[topic].includes(party)) {
          const opened = envelopes[party].open({ ...message, data });
          t.is(opened.data.toString(), 'secretly');
          t.is(opened.sender, sender);
        } else {
          t.throws(() => envelopes[party].open({ ...message, data }), { message: /not sealed to/ });
        }
      }
    }
  }
});

test('any bytes are opened as they were sealed', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), (payload) => {
      const data = envelopes.auth.seal({ ...entry, payload });
      t.deepEqual(envelopes.logging.open({ ...entry, data }).data, Buffer.from(payload));
    }),
  );
});

test('a service cannot seal on a subject of another', (t) => {
  for (const topic of topics) {
    for (const party of SERVICES) {
      if (SENDERS[topic].includes(party)) continue;
      t.throws(
        () => envelopes[party].seal({ id: 'm', subject: SUBJECTS[topic], payload: Buffer.alloc(1) }),
        { message: /may not publish/ },
        `${party} on ${topic}`,
      );
    }
  }
  t.throws(() => envelopes.auth.seal({ id: 'm', subject: 'other.thing', payload: Buffer.alloc(1) }));
});

test('a service cannot seal in the name of another', (t) => {
  // accounts has its own secret key and every public one. It replaces its own number with auth's.
  const forger = createEnvelope('auth', { secretKeys: [pairs.accounts.secretKey], publicKeys });
  const user = { id: 'u1.9', subject: SUBJECTS.users };
  const forged = forger.seal({ ...user, payload: Buffer.from('{}') });
  for (const reader of READERS.users) {
    if (reader === 'accounts') continue;
    t.throws(() => envelopes[reader].open({ ...user, data: forged }), { message: /was not sealed/ }, reader);
  }
  const honest = envelopes.accounts.seal({ ...entry, payload: Buffer.from('{}') });
  const relabelled = Buffer.from(honest);
  relabelled[3] = SERVICES.indexOf('auth');
  t.throws(() => envelopes.logging.open({ ...entry, data: relabelled }), { message: /was not sealed/ });
});

test('a message with another subject or id cannot be opened', (t) => {
  const data = envelopes.auth.seal({ ...entry, payload: Buffer.from('{}') });
  t.notThrows(() => envelopes.logging.open({ ...entry, data }));
  t.throws(() => envelopes.logging.open({ ...entry, data, subject: 'log.system.error' }));
  t.throws(() => envelopes.logging.open({ ...entry, data, id: 'e2' }));
  const mail = envelopes.auth.seal({ id: 'm', subject: 'mail.recover', payload: Buffer.from('{}') });
  t.throws(() => envelopes.mailer.open({ id: 'm', subject: 'mail.activated', data: mail }));
});

test('a message with any byte changed, added or removed is refused', (t) => {
  const data = envelopes.auth.seal({ ...entry, payload: Buffer.from('an entry of the log') });
  for (let at = 0; at < data.length; at += 1) {
    const changed = Buffer.from(data);
    changed[at] = (changed[at] ?? 0) ^ 1;
    if (at !== 4)
      t.throws(() => envelopes.logging.open({ ...entry, data: changed }), undefined, `byte ${at}`);
    t.throws(
      () => envelopes.logging.open({ ...entry, data: data.subarray(0, at) }),
      undefined,
      `cut at ${at}`,
    );
  }
});

test('plain bytes are refused', (t) => {
  for (const plain of [Buffer.from('{"plain":true}'.repeat(10)), Buffer.alloc(0), Buffer.from('GS2')])
    t.throws(() => envelopes.logging.open({ ...entry, data: plain }), { message: /sealed|sender/ });
});

test('during a key rotation messages are sealed to the new key, and both keys open', (t) => {
  const next = generateSealingKeys();
  const rotated = createEnvelope('logging', {
    secretKeys: [next.secretKey, pairs.logging.secretKey],
    publicKeys,
  });
  const updated = createEnvelope('auth', {
    secretKeys: [pairs.auth.secretKey],
    publicKeys: { ...publicKeys, logging: [next.publicKey, pairs.logging.publicKey] },
  });
  const [before, after] = [envelopes.auth, updated].map((sender) =>
    sender.seal({ ...entry, payload: Buffer.from('x') }),
  );
  for (const data of [before, after] as Buffer[]) t.is(rotated.open({ ...entry, data }).data.toString(), 'x');
  t.throws(() => envelopes.logging.open({ ...entry, data: after as Buffer }));
});

test('an invalid key is refused at the start, not at the first event', (t) => {
  t.throws(() => createEnvelope('auth', { secretKeys: ['short'], publicKeys }), { message: /32 bytes/ });
  t.throws(() => createEnvelope('auth', { secretKeys: [], publicKeys }), { message: /secret key/ });
  t.throws(
    () =>
      createEnvelope('auth', {
        secretKeys: [pairs.auth.secretKey],
        publicKeys: { ...publicKeys, logging: ['short'] },
      }),
    { message: /32 bytes/ },
  );
  t.throws(
    () =>
      createEnvelope('auth', {
        secretKeys: [pairs.auth.secretKey],
        publicKeys: { ...publicKeys, logging: [] },
      }),
    { message: /no public key of logging/ },
  );
});
