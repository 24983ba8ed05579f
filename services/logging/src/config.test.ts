import { randomBytes } from 'node:crypto';
import { readSettings } from '@guichet/config';
import test from 'ava';
import { signingSettings } from './config.ts';

test('the signing keys are a list whose first key signs; an invalid one is named, and not shown', (t) => {
  const [first, second] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
  const read = (LOG_SIGNING_KEY: string) =>
    readSettings(signingSettings, { LOG_SIGNING_KEY }).LOG_SIGNING_KEY;
  const { signer, published } = read(`${first},${second}`);
  t.is(published.keys.length, 2);
  t.is(published.keys[0]?.kid, signer.keyId);
  t.is(published.keys[1]?.kid, read(second).signer.keyId);
  for (const wrong of ['', 'c2hvcnQ=', `${first},${first}`, `public:${first}`]) {
    const error = t.throws(() => read(wrong), { message: /LOG_SIGNING_KEY/ });
    if (wrong !== '') t.false(error?.message.includes(wrong));
  }
});
