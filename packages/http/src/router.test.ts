import test from 'ava';
import { createRouter } from './router.ts';

const router = createRouter([
  { method: 'GET', path: '/things/:id', target: 'one thing' },
  { method: 'DELETE', path: '/things/:id', target: 'remove a thing' },
  { method: 'GET', path: '/things/best', target: 'the best thing' },
  { method: 'POST', path: '/things/:id/parts/:part', target: 'a part' },
]);

const found = (method: string, path: string) => router.find(method, path)?.target ?? null;

test('a path without parameters comes first, whatever the method', (t) => {
  t.is(found('GET', '/things/best'), 'the best thing');
  t.is(found('DELETE', '/things/best'), null);
  t.is(found('DELETE', '/THINGS/Best/'), null);
  t.deepEqual(router.allowedMethods('/things/best'), ['HEAD', 'GET']);
});

test('parameters are decoded and keep their case; the path may have any case and a slash at the end', (t) => {
  t.deepEqual(router.find('POST', '/Things/Ab%20C/parts/%C3%A9%2F/'), {
    target: 'a part',
    params: { id: 'Ab C', part: 'é/' },
  });
});

test('only parameters may be escaped, so that a path is the same one here and at the edge', (t) => {
  t.is(found('GET', '/th%69ngs/7'), null);
  t.is(found('GET', '/things%2F7'), null);
  t.is(found('POST', '/things/7/p%61rts/8'), null);
  t.deepEqual(router.find('GET', '/things/b%65st')?.params, { id: 'best' });
  t.deepEqual(router.find('GET', '/things/%2525')?.params, { id: '%25' });
});

test('HEAD is GET', (t) => {
  t.is(found('HEAD', '/things/7'), 'one thing');
  t.deepEqual(router.allowedMethods('/things/7').toSorted(), ['DELETE', 'GET', 'HEAD']);
});

test('an unknown path, an unknown method and a malformed escape are not found', (t) => {
  for (const path of ['/', '', '/things', '/things/7/parts', '/things/%', '/things/%E0%A4%A', '//things/7'])
    t.is(found('GET', path), null, path);
  for (const method of ['OPTIONS', 'TRACE', 'PROPFIND', '__proto__', 'constructor'])
    t.is(found(method, '/things/7'), null, method);
  t.deepEqual(router.allowedMethods('/things'), []);
});

test('a long parameter is left to the schema', (t) => {
  t.is(found('GET', `/things/${'x'.repeat(4_000)}`), 'one thing');
});
