import test from 'ava';
import { nextStep, sliceOf } from './rules.ts';

test('a batch is sent and then settled', (t) => {
  t.is(nextStep({ status: 'created' }), 'sent');
  t.is(nextStep({ status: 'sent' }), 'settled');
  t.is(nextStep({ status: 'settled' }), null);
});

test('a long list is shown in parts, and an address without a part shows the first', (t) => {
  const list = Array.from({ length: 250 }, (_, index) => index + 1);
  t.like(sliceOf(list, ''), { from: 1, to: 100, count: 250, before: null, after: 101 });
  t.like(sliceOf(list, '101'), { from: 101, to: 200, before: 1, after: 201 });
  t.like(sliceOf(list, '201'), { from: 201, to: 250, before: 101, after: null });
  t.is(sliceOf(list, '201').rows[0], 201);
  t.is(sliceOf(list, '31').before, 1);
  for (const odd of ['0', '-1', '251', '1e3', 'x', '99999999']) t.is(sliceOf(list, odd).from, 1, odd);
});
