import { MAIL_KINDS, OPTIONAL_MAIL_KINDS, type OptionalMailKind } from '@guichet/contract';
import test from 'ava';
import fc from 'fast-check';
import {
  createUnsubscribeToken,
  isGenuineUnsubscribe,
  readUnsubscribeToken,
  type UnsubscribeClaim,
} from './unsubscribe-token.ts';

const user = fc.uuid();
const secret = fc.string({ minLength: 1 });

test('a token is genuine for its own user, kind and secret alone', (t) => {
  fc.assert(
    fc.property(user, user, secret, secret, fc.constantFrom(...OPTIONAL_MAIL_KINDS), (a, b, s, r, kind) => {
      const claim = readUnsubscribeToken(createUnsubscribeToken(s, a, kind)) as UnsubscribeClaim;
      t.like(claim, { userId: a, kind });
      t.true(isGenuineUnsubscribe(claim, s));
      t.is(isGenuineUnsubscribe(claim, r), r === s);
      t.is(isGenuineUnsubscribe({ ...claim, userId: b }, s), a === b);
      t.false(isGenuineUnsubscribe({ ...claim, kind: 'other' as OptionalMailKind }, s));
    }),
  );
});

test('no token names a kind of mail that cannot be refused', (t) => {
  const id = '0199c0de-0000-7000-8000-000000000001';
  for (const kind of Object.keys(MAIL_KINDS)) {
    const token = createUnsubscribeToken('s', id, kind as OptionalMailKind);
    t.is(readUnsubscribeToken(token) !== null, (OPTIONAL_MAIL_KINDS as string[]).includes(kind), kind);
  }
});

test('text of another form is no token', (t) => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      t.is(readUnsubscribeToken(text), null);
    }),
  );
  const token = createUnsubscribeToken('s', '0199c0de-0000-7000-8000-000000000001', 'decisions');
  for (const changed of [`${token}x`, token.slice(1), token.slice(0, -1), token.toUpperCase(), ` ${token}`])
    t.is(readUnsubscribeToken(changed), null, changed);
});
