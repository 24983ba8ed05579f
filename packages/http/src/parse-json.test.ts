import { Problem } from '@guichet/errors';
import test from 'ava';
import fc from 'fast-check';
import { parseJson } from './parse-json.ts';

function refusalOf(text: string) {
  try {
    parseJson(text);
  } catch (error) {
    return error instanceof Problem ? error : undefined;
  }
  return undefined;
}

for (const written of [
  '99.99999999999999999999',
  '1.0',
  '1e3',
  '1E3',
  '100e-2',
  '-0',
  '0.0',
  '1.5',
  '9007199254740993',
  '-9007199254740993',
  '1e400',
]) {
  test(`the number ${written} is refused anywhere, and the reply names it`, (t) => {
    for (const [text, path] of [
      [`{"amount":${written}}`, 'amount'],
      [`{"items":[{"a":"x"},{"b":[1,${written}]}]}`, 'items.1.b.1'],
      [`[${written}]`, '0'],
      [written, 'body'],
    ] as const) {
      const refusal = refusalOf(text);
      t.is(refusal?.code, 'invalid_request', text);
      t.is(refusal?.errors?.[0]?.path, path, text);
    }
  });
}

test('integers are read exactly', (t) => {
  for (const written of ['0', '1', '-1', '1000000000000', '9007199254740991', '-9007199254740991'])
    t.deepEqual(parseJson(`{"a": [ ${written} ]}`), { a: [Number(written)] });
});

for (const escaped of ['\\ud800', '\\udc00', 'a\\ud800b', '\\ud800\\ud800', '\\udc00\\ud800', '\\uD83D']) {
  test(`the lone surrogate ${escaped} is refused, as a value and as a key`, (t) => {
    t.is(refusalOf(`{"name":"${escaped}"}`)?.errors?.[0]?.path, 'name');
    t.is(refusalOf(`{"${escaped}":1}`)?.code, 'invalid_request');
    t.is(refusalOf(`["${escaped}"]`)?.code, 'invalid_request');
  });
}

test('a pair of surrogates is a character, and text that looks like an escape is text', (t) => {
  t.deepEqual(parseJson('{"a":"\\ud83d\\ude00","b":"\\\\ud800"}'), { a: '😀', b: '\\ud800' });
});

test('a repeated key is refused, however it is written', (t) => {
  t.is(refusalOf('{"amount":1,"amount":2}')?.errors?.[0]?.path, 'amount');
  t.is(refusalOf('{"amount":1,"\\u0061mount":2}')?.errors?.[0]?.path, 'amount');
  t.is(refusalOf('{"to":{"iban":"a","iban":"b"}}')?.errors?.[0]?.path, 'to.iban');
  t.deepEqual(parseJson('[{"a":1},{"a":2}]'), [{ a: 1 }, { a: 2 }]);
});

test('text may end with backslashes and contain escaped quotes', (t) => {
  for (const value of ['\\', '\\\\', '"', '\\"', '"\\', 'a"b', '{"a":1.5,"a":-0}', ':', '","'])
    t.deepEqual(parseJson(JSON.stringify({ [value]: value, b: [value, value] })), {
      [value]: value,
      b: [value, value],
    });
  t.is(refusalOf('{"a\\"":1,"a\\"":2}')?.errors?.[0]?.path, 'a"');
});

test('depth, fields and items are bounded', (t) => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  t.notThrows(() => parseJson(nested(16)));
  t.is(refusalOf(nested(17))?.code, 'invalid_request');
  t.is(refusalOf(`${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`)?.code, 'invalid_request');
  t.notThrows(() => parseJson(JSON.stringify(Array(1_000).fill(0))));
  t.is(refusalOf(JSON.stringify({ items: Array(1_001).fill(0) }))?.errors?.[0]?.path, 'items');
  const fields = (count: number) =>
    JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 0])));
  t.notThrows(() => parseJson(fields(100)));
  t.is(refusalOf(fields(101))?.code, 'invalid_request');
});

test('accepted JSON has the same value as with JSON.parse', (t) => {
  const integers = fc
    .jsonValue({ depthSize: 'small' })
    .map((value) =>
      JSON.stringify(
        value,
        (_, inner) => (typeof inner === 'number' ? Math.trunc(inner % 1e15) || 0 : inner),
        1,
      ),
    );
  fc.assert(
    fc.property(integers, (text) => {
      const refusal = refusalOf(text);
      if (refusal === undefined) t.deepEqual(parseJson(text), JSON.parse(text));
      else t.regex(refusal.errors?.[0]?.message ?? '', /well-formed|nested/);
    }),
  );
});
