import { newId } from '@guichet/database';
import test from 'ava';
import type { presentEntry } from '../entries/present-entry.ts';
import { toCsvRecords } from './rules.ts';

test('a User-Agent from outside cannot start a formula, whether a program splits at commas or semicolons', (t) => {
  const entry = {
    sequence: 1,
    id: newId(),
    time: '2026-10-31T10:00:00.000Z',
    level: 'INFO',
    service: 'auth',
    action: 'LOGIN_FAILED',
    actor: null,
    subject: null,
    operation_id: null,
    message: '=HYPERLINK("http://evil.example")',
    correlation_id: null,
    data: { user_agent: 'x;=1+1;＝2', amount: -5 },
    hash: 'ab',
  } as unknown as ReturnType<typeof presentEntry>;
  const record = toCsvRecords([entry]);
  t.false(/[;,"]["\s]*[=+@＝]/.test(record), record);
  t.true(record.startsWith('1,'));
});
