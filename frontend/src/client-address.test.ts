import type { IncomingMessage } from 'node:http';
import test from 'ava';
import { clientAddress } from './client-address.ts';

function seenAs(forwarded: string | undefined, hops: number): string {
  const request = { socket: { remoteAddress: '::ffff:10.0.0.1' }, headers: { 'x-forwarded-for': forwarded } };
  return clientAddress(request as unknown as IncomingMessage, hops);
}

test('without trusted proxies only the connection gives the client’s address', (t) => {
  t.is(seenAs('6.6.6.6', 0), '10.0.0.1');
});

test('what stands left of the trusted proxies’ entries is not believed', (t) => {
  t.is(seenAs('192.0.2.7', 1), '192.0.2.7');
  t.is(seenAs('6.6.6.6, 192.0.2.7', 1), '192.0.2.7');
  t.is(seenAs('6.6.6.6, 192.0.2.7, 10.0.0.9', 2), '192.0.2.7');
  t.is(seenAs('2001:db8::7', 1), '2001:db8::7');
});

test('a request that did not pass every trusted proxy cannot name its own address', (t) => {
  t.is(seenAs('6.6.6.6', 2), '10.0.0.1');
  t.is(seenAs(undefined, 1), '10.0.0.1');
  t.is(seenAs('unknown', 1), '10.0.0.1');
  t.is(seenAs(`6.6.6.6, ${'x'.repeat(100)}`, 1), '10.0.0.1');
});
