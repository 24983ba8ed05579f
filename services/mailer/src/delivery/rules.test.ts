import test from 'ava';
import { classifyFailure, retryDelayMs, withoutAddresses } from './rules.ts';

test('a server that cannot be reached, or rejects the mailer, is unavailable', (t) => {
  for (const error of [
    { code: 'ECONNECTION' },
    { code: 'ETIMEDOUT' },
    { code: 'EDNS' },
    { code: 'ETLS' },
    { code: 'ESOCKET' },
    { code: 'EAUTH', responseCode: 535, command: 'AUTH PLAIN' },
    { code: 'EPROTOCOL', responseCode: 554, command: 'CONN' },
    { responseCode: 421, command: 'DATA' },
    {},
  ]) {
    t.is(classifyFailure(error), 'unavailable', JSON.stringify(error));
  }
});

test('a temporarily rejected mail is retried, and a permanently rejected one is not', (t) => {
  t.is(classifyFailure({ code: 'EENVELOPE', responseCode: 450, command: 'RCPT TO' }), 'later');
  t.is(classifyFailure({ code: 'EMESSAGE', responseCode: 452, command: 'DATA' }), 'later');
  t.is(classifyFailure({ code: 'EENVELOPE', responseCode: 550, command: 'MAIL FROM' }), 'later');
  t.is(classifyFailure({ code: 'EENVELOPE', responseCode: 550, command: 'RCPT TO' }), 'never');
  t.is(classifyFailure({ code: 'EMESSAGE', responseCode: 554, command: 'DATA' }), 'never');
  t.is(classifyFailure({ code: 'EENVELOPE' }), 'never');
});

test('pauses grow from ten seconds to ten minutes', (t) => {
  t.deepEqual(
    [1, 2, 3, 6, 7, 8, 1_000].map(retryDelayMs),
    [10_000, 20_000, 40_000, 320_000, 600_000, 600_000, 600_000],
  );
});

test('logged replies contain no address', (t) => {
  t.is(withoutAddresses('550 <alice@example.org>: no such user'), '550 <(address)>: no such user');
  const lines = `550-5.1.1 The account alice@example.org does not exist.\r\n550 5.1.1 See \n${'x'.repeat(400)}`;
  t.regex(
    withoutAddresses(lines),
    /^550-5\.1\.1 The account \(address\) does not exist\. 550 5\.1\.1 See x{200,300}$/,
  );
  t.is(withoutAddresses(`${'x'.repeat(299)} y`).length, 299, 'it is found as a form sends it');
});
