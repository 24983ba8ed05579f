import test from 'ava';
import { unevenlySpread } from './spread.ts';

const on = (component: string, ...nodes: string[]) => nodes.map((node) => ({ component, node }));

test('components whose pods differ by at most one between nodes are spread evenly', (t) => {
  const pods = [...on('auth', 'a', 'b'), ...on('nats', 'a', 'b', 'c'), ...on('mysql', 'c')];
  t.deepEqual(unevenlySpread(pods, ['a', 'b', 'c']), []);
  t.deepEqual(unevenlySpread(on('auth', 'a', 'a', 'a'), ['a']), []);
});

test('two pods of a component on one node, while another has none, are not', (t) => {
  const pods = [...on('auth', 'a', 'a'), ...on('nats', 'a', 'b', 'c')];
  t.deepEqual(unevenlySpread(pods, ['a', 'b']), ['auth: 2 on a, 0 on b']);
});
