import test from 'ava';
import { AvaOutput } from './ava-output.ts';

const REPORT = `
  - [skip] money › skipped
  ✔ services › auth › login › lets in (1.2s)
    ℹ a word of the test
  ✔ money › adds
  ✘ [fail]: money › divides no
  ─

  money › divides

  Error: no

  ─

  2 hooks failed
  1 test failed
  1 test skipped
  1 uncaught exception
  3 tests remained pending after a timeout`;

test('passed and failed tests are counted from AVA’s report', (t) => {
  const output = new AvaOutput();
  const lines = REPORT.split('\n').map((line) => output.line(line));
  t.deepEqual(
    lines.flatMap((line) => (line.kind === 'passed' ? [line.title] : [])),
    ['services › auth › login › lets in', 'money › adds'],
  );
  t.is(lines.filter(({ kind }) => kind === 'aside').length, 1);
  t.is(lines.filter(({ kind }) => kind === 'failed').length, 1);
  t.is(
    lines.findIndex(({ kind }) => kind === 'end'),
    6,
    'the descriptions begin after the last test',
  );
  t.deepEqual(
    lines.flatMap((line) => (line.kind === 'failures' ? [line.count] : [])),
    [2, 1, 1, 3],
  );
});
