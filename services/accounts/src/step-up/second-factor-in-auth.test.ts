import type { Peer } from '@guichet/http';
import test from 'ava';
import { secondFactorInAuth } from './second-factor-in-auth.ts';

const answering = (reply: { status: number; body: unknown } | Error) => {
  const sent: unknown[] = [];
  const request: Peer['request'] = async ({ body }) => {
    sent.push(body);
    if (reply instanceof Error) throw reply;
    return reply;
  };
  return { sent, check: secondFactorInAuth({ request }) };
};

test('only valid replies of auth are accepted', async (t) => {
  const cases = [
    [{ enabled: false, valid: false }, '123456', 'not_enrolled'],
    [{ enabled: true, valid: false }, null, 'missing'],
    [{ enabled: true, valid: true }, null, 'missing'],
    [{ enabled: true, valid: false }, '123456', 'wrong'],
    [{ enabled: true, valid: true }, '123456', 'right'],
  ] as const;
  for (const [body, code, expected] of cases) {
    const { check, sent } = answering({ status: 200, body });
    t.is(await check('user', code === null ? null : { code }, 'c'), expected);
    t.deepEqual(sent, [{ user_id: 'user', code }]);
  }
  const stepUp = { value: 'v', amountMinor: 100n, currency: 'CHF', iban: 'BE68539007547034' };
  for (const valid of [true, false]) {
    const { check, sent } = answering({ status: 200, body: { enabled: true, valid } });
    t.is(await check('user', { stepUp }, 'c'), valid ? 'right' : 'wrong');
    const step_up = { value: 'v', amount: 100, currency: 'CHF', iban: 'BE68539007547034' };
    t.deepEqual(sent, [{ user_id: 'user', step_up }]);
  }
  for (const body of [null, {}, { enabled: 'false', valid: false }, { enabled: false }]) {
    const error = await t.throwsAsync(answering({ status: 200, body }).check('user', null, 'c'));
    t.like(error, { code: 'unavailable' });
  }
});

test('an inactive member, a lockout and an unreachable auth are each a refusal', async (t) => {
  const refused = async (reply: Parameters<typeof answering>[0]) =>
    (await t.throwsAsync(answering(reply).check('user', { code: '1' }, 'c'))) as Error & { code: string };
  t.is((await refused({ status: 404, body: null })).code, 'unauthenticated');
  t.is((await refused({ status: 429, body: null })).code, 'too_many_requests');
  t.is((await refused({ status: 500, body: null })).code, 'unavailable');
  t.is((await refused(new Error('down'))).code, 'unavailable');
});
