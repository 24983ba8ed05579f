import test from 'ava';
import { addressOf, signInAddress } from './sign-in-address.ts';

test('the addresses of one client are one, and an address that was made is the same address again', (t) => {
  t.is(addressOf('192.0.2.1'), '192.0.2.1');
  t.is(addressOf('::ffff:192.0.2.1'), '192.0.2.1');
  t.is(addressOf('2001:db8:0:1::5'), '2001:db8:0:1::/64');
  t.is(addressOf('2001:db8:0:1:ffff::9'), '2001:db8:0:1::/64');
  for (const address of ['192.0.2.1', '2001:db8:0:1::/64', '0:0:0:0::/64', 'unknown', 'é b', 'x'.repeat(99)])
    t.is(addressOf(addressOf(address)), addressOf(address), address);
});

test('only a failed sign-in has an address', (t) => {
  const data = JSON.stringify({ ip: '192.0.2.1' });
  t.is(signInAddress({ action: 'LOGIN_FAILED', data }), '192.0.2.1');
  t.is(signInAddress({ action: 'LOGIN', data }), null);
  for (const ip of [null, '', 7]) {
    t.is(signInAddress({ action: 'LOGIN_FAILED', data: JSON.stringify({ ip }) }), null);
  }
});
