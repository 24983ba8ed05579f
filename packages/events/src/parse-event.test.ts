import { buildUserEvent } from '@guichet/testing';
import test from 'ava';
import { parseUserEvent } from './parse-event.ts';

const parse = (user: object) =>
  parseUserEvent({ subject: 'users.u1', data: Buffer.from(JSON.stringify(user)) });

test('a user who refuses a kind of mail that this version does not know is read all the same', (t) => {
  const user = { ...buildUserEvent({ id: 'u1' }), refused_mails: ['decisions', 'a kind of a later version'] };
  t.deepEqual(parse(user), user);
});

test('a state without the choice of mails, or for another user, is not read', (t) => {
  const { refused_mails: _, ...user } = buildUserEvent({ id: 'u1' });
  t.throws(() => parse(user), { message: /refused_mails/ });
  t.throws(() => parse(buildUserEvent({ id: 'u2' })), { message: /another user/ });
});
