import { readSettings } from '@guichet/config';
import test from 'ava';
import { frontendSettings } from './config.ts';

const { SESSION_SECRET } = frontendSettings;
const [first, second] = ['1'.repeat(32), '2'.repeat(32)];

test('the secret that seals cookies is a list', (t) => {
  const listed = (text: string) =>
    readSettings({ SESSION_SECRET }, { SESSION_SECRET: text }).SESSION_SECRET as readonly string[];
  t.deepEqual(listed(first), [first]);
  t.deepEqual(listed(`${second}, ${first}`), [second, first]);
  for (const invalid of [',', 'short', `${first},short`])
    t.throws(() => listed(invalid), { message: /SESSION_SECRET: must be a list of secrets/ }, invalid);
});
