import test from 'ava';
import type { FaultReport } from './run-faults.ts';
import { faultTable } from './table.ts';

const phase = {
  name: 'accounts killed',
  acknowledged: 10,
  failed: 3,
  reasons: {},
  retries: 4,
  longestWithoutDecisionMs: 1_234,
  longestRequestMs: 900,
  catchUpMs: 2_000,
};
const report: FaultReport = {
  phases: [{ ...phase, name: 'none', catchUpMs: 0 }, phase],
  findings: [],
  operations: 20,
  seconds: 12,
  mails: 25,
};

test('each fault has its row with its findings, and the last row has their sum', (t) => {
  const table = faultTable({
    ...report,
    findings: [
      { kind: 'lost', phase: 1, text: '' },
      { kind: 'mail doubled', phase: 1, text: '' },
      { kind: 'mail doubled', phase: 1, text: '' },
      { kind: 'doubled', phase: null, text: '' },
    ],
  });
  t.true(table.includes('| accounts killed | 10 | 3 | 4 | 1.2 s | 1 | 0 | 0 | 0 | 2 | 2.0 s |'), table);
  t.true(table.includes('| unknown |  |  |  |  | 0 | 1 | 0 | 0 | 0 |  |'), table);
  t.true(table.includes('| **all** | 20 | 6 | 8 | 1.2 s | 1 | 1 | 0 | 0 | 2 | 2.0 s |'), table);
});

test('books that are wrong are named in place of the sentence that they are right', (t) => {
  t.regex(faultTable(report), /the hash chain verified/);
  const wrong = faultTable({ ...report, findings: [{ kind: 'books', phase: null, text: 'no sum' }] });
  t.regex(wrong, /At the end: no sum\./);
  t.notRegex(wrong, /verified/);
});
