import test from 'ava';
import { classifyRefresh, deviceHash, sessionIsOpen } from './rules.ts';

const now = new Date('2026-05-01T12:00:00Z');
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const ahead = (seconds: number) => ago(-seconds);

test('a refresh token is new, repeated for ten seconds, and stolen after', (t) => {
  const used = (used_at: Date) => ({ used_at, used_by: 'here', successor: 'sealed' });
  t.is(classifyRefresh({ used_at: null, used_by: null, successor: null }, now, 'here'), 'rotate');
  t.is(classifyRefresh(used(now), now, 'here'), 'repeat');
  t.is(classifyRefresh(used(ago(9.999)), now, 'here'), 'repeat');
  t.is(classifyRefresh(used(ago(10)), now, 'here'), 'theft');
});

test('by the clock of another replica, which may be five seconds behind, it is repeated for so much longer', (t) => {
  const used = (used_at: Date) => ({ used_at, used_by: 'there', successor: 'sealed' });
  t.is(classifyRefresh(used(ago(14.999)), now, 'here'), 'repeat');
  t.is(classifyRefresh(used(ago(15)), now, 'here'), 'theft');
  t.is(classifyRefresh(used(ahead(5)), now, 'here'), 'repeat');
});

test('without the answer that it got, a used refresh token counts as stolen', (t) => {
  t.is(classifyRefresh({ used_at: ago(1), used_by: 'here', successor: null }, now, 'here'), 'theft');
});

test('a session is open until it is ended, too old, or left alone for too long', (t) => {
  const session = { last_used_at: ago(10), expires_at: ahead(10), ended_at: null };
  t.true(sessionIsOpen(session, now, 60));
  t.false(sessionIsOpen({ ...session, ended_at: ago(1) }, now, 60));
  t.false(sessionIsOpen({ ...session, expires_at: now }, now, 60));
  t.false(sessionIsOpen(session, now, 10));
});

test('a device is recognized by its browser and network', (t) => {
  t.is(deviceHash('Firefox', '203.0.113.7'), deviceHash('Firefox', '203.0.113.99'));
  t.is(deviceHash('Firefox', '203.0.113.7'), deviceHash('Firefox', '::ffff:203.0.113.99'));
  t.is(deviceHash('Firefox', '2001:0db8:0001:2:3:4:5:6'), deviceHash('Firefox', '2001:db8:1:9::'));
  t.not(deviceHash('Firefox', '2001:db8:1::1'), deviceHash('Firefox', '2001:db8:2::1'));
  t.not(deviceHash('Firefox', '203.0.113.7'), deviceHash('Chrome', '203.0.113.7'));
  t.not(deviceHash('Firefox', '203.0.113.7'), deviceHash('Firefox', '203.0.114.7'));
  t.not(deviceHash(null, null), deviceHash('Firefox', null));
});
