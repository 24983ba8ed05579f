import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { isApiToken, newApiToken } from './index.ts';

const page = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8');
const [, documented = ''] = /regular expression for scanners is `([^`]+)`/.exec(page) ?? [];
const [, body = '', checksum = ''] = /`(guichet_\S+)` has the checksum `(\w+)`/.exec(page) ?? [];
const scanned = () => new RegExp(documented, 'g');

test('every new token is one, and the documented expression finds it in a text', (t) => {
  const tokens = Array.from({ length: 500 }, newApiToken);
  t.is(new Set(tokens).size, 500);
  for (const token of tokens) {
    t.true(isApiToken(token), token);
    t.deepEqual(`TOKEN="${token}"; curl -H "Bearer ${token}"`.match(scanned()), [token, token]);
    t.deepEqual(`${token}\n`.match(scanned()), [token]);
  }
});

test('the documented example is a token', (t) => {
  t.true(isApiToken(body + checksum));
  t.deepEqual((body + checksum).match(scanned()), [body + checksum]);
});

test('a token with any changed, lost or added character is none', (t) => {
  const token = newApiToken();
  const characters = fc.constantFrom(...'ABCxyz019-_ é');
  fc.assert(
    fc.property(fc.nat(token.length - 1), characters, (at, character) => {
      const [before, after] = [token.slice(0, at), token.slice(at + 1)];
      if (character !== token[at]) t.false(isApiToken(before + character + after));
      t.false(isApiToken(before + after));
      t.false(isApiToken(before + character + token.slice(at)));
    }),
  );
  for (const other of [
    token.slice(0, -6),
    `${token}\n`,
    ` ${token}`,
    token.toUpperCase(),
    body,
    checksum,
    '',
  ])
    t.false(isApiToken(other), other);
});

test('the expression finds no names of metrics and schemas', (t) => {
  for (const name of [
    'guichet_certificate_expiry_timestamp_seconds',
    `guichet_${'x'.repeat(50)}`,
    'guichet_auth',
  ])
    t.is(name.match(scanned()), null, name);
});
