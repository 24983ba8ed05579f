import test from 'ava';
import { fileTimeLine, slowestFiles } from './file-times.ts';

test('the slowest files come first, with their seconds', (t) => {
  const written = [
    { file: 'packages/iban/src/iban.test.ts', ms: 940 },
    { file: 'e2e/src/replicas.test.ts', ms: 61_250 },
    { file: 'e2e/src/faults.test.ts', ms: 101_000 },
  ].map(fileTimeLine);
  t.deepEqual(slowestFiles(written.join(''), 2), [
    ' 101.0 s  e2e/src/faults.test.ts',
    '  61.3 s  e2e/src/replicas.test.ts',
  ]);
  t.deepEqual(slowestFiles(''), []);
});
