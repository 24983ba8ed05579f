import test from 'ava';
import { searchesOf } from './searches.ts';

const settings = {
  PUBLIC_URL: 'http://localhost',
  SESSION_SECRET: ['the first secret, long enough for sealing'] as [string, ...string[]],
};
const searches = searchesOf(settings);
const typed = { q: 'Zoé Lefèvre', min_amount: '12,50' };

test('a search opens for its user and its list, and for no other', (t) => {
  const sealed = searches.seal('bruno', 'accounts', typed);
  t.deepEqual(searches.open('bruno', 'accounts', sealed), typed);
  t.is(searches.open('chloe', 'accounts', sealed), null);
  t.is(searches.open('bruno', 'logs', sealed), null);
});

test('a search that was changed, cut or made up does not open', (t) => {
  const sealed = searches.seal('bruno', 'accounts', typed);
  for (let at = 0; at < sealed.length; at += 7) {
    const other = sealed[at] === 'A' ? 'B' : 'A';
    t.is(searches.open('bruno', 'accounts', sealed.slice(0, at) + other + sealed.slice(at + 1)), null);
    t.is(searches.open('bruno', 'accounts', sealed.slice(0, at)), null);
  }
  for (const madeUp of ['', 'x', 'A'.repeat(37), 'A'.repeat(38), 'A'.repeat(5_000), 'é=&']) {
    t.is(searches.open('bruno', 'accounts', madeUp), null, madeUp);
  }
});

test('a search says nothing about what was typed, and little about its length', (t) => {
  const lengths = new Set<number>();
  for (const q of ['a', 'Li', 'Martin', 'Lefèvre']) {
    const sealed = searches.seal('bruno', 'accounts', { q });
    t.regex(sealed, /^[\w-]+$/);
    t.false(Buffer.from(sealed, 'base64url').toString('utf8').includes(q.padEnd(3)));
    lengths.add(sealed.length);
  }
  t.is(lengths.size, 1);
  t.not(searches.seal('bruno', 'accounts', typed), searches.seal('bruno', 'accounts', typed));
});

test('an address stays short', (t) => {
  t.is(searches.seal('bruno', 'accounts', { q: 'Lefèvre' }).length, 80);
  const longest = { q: 'é'.repeat(140), user: 'a'.repeat(32), correlation_id: 'a'.repeat(64) };
  t.true(searches.seal('bruno', 'logs', longest).length < 1_000);
});

test('a search survives the rotation of the secret, and not two of them', (t) => {
  const sealed = searches.seal('bruno', 'accounts', typed);
  const SESSION_SECRET: [string] = ['the second secret, long enough for sealing'];
  const rotated = searchesOf({
    ...settings,
    SESSION_SECRET: [...SESSION_SECRET, ...settings.SESSION_SECRET],
  });
  t.deepEqual(rotated.open('bruno', 'accounts', sealed), typed);
  t.is(searchesOf({ ...settings, SESSION_SECRET }).open('bruno', 'accounts', sealed), null);
});

test.serial('a search is kept for twelve hours', (t) => {
  const sealed = searches.seal('bruno', 'accounts', typed);
  const { now } = Date;
  t.teardown(() => {
    Date.now = now;
  });
  Date.now = () => now() + 11.9 * 3_600_000;
  t.deepEqual(searches.open('bruno', 'accounts', sealed), typed);
  Date.now = () => now() + 12.1 * 3_600_000;
  t.is(searches.open('bruno', 'accounts', sealed), null);
});
