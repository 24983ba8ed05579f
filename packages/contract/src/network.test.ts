import test from 'ava';
import { networkOf } from './network.ts';

const wholeOr64 = { octets: 4, groups: 4 };

test('an IPv4 address counts alone, an IPv6 address with its /64', (t) => {
  t.is(networkOf('192.0.2.1', wholeOr64), '192.0.2.1');
  t.is(networkOf('2001:db8:1:2::1', wholeOr64), '2001:db8:1:2');
  t.is(networkOf('2001:DB8:0001:2:ffff:ffff:ffff:ffff', wholeOr64), '2001:db8:1:2');
  t.not(networkOf('2001:db8:1:3::1', wholeOr64), networkOf('2001:db8:1:2::1', wholeOr64));
  t.is(networkOf('::1', wholeOr64), '0:0:0:0');
  t.is(networkOf('fe80::1%eth0', wholeOr64), 'fe80:0:0:0');
});

test('an IPv4 address mapped into IPv6 is that IPv4 address, in every spelling', (t) => {
  for (const spelling of [
    '::ffff:192.0.2.1',
    '::FFFF:c000:201',
    '0:0:0:0:0:ffff:192.0.2.1',
    '0000:0:0::ffff:c000:0201',
  ]) {
    t.is(networkOf(spelling, wholeOr64), '192.0.2.1', spelling);
  }
});

test('text that is not an address is its own network', (t) => {
  t.is(networkOf(null, wholeOr64), '');
  t.is(networkOf('unknown', wholeOr64), 'unknown');
  t.is(networkOf('1.2.3.4.5', wholeOr64), '1.2.3.4.5');
});
