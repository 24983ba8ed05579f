import type { IncomingMessage } from 'node:http';
import test from 'ava';
import { clientAddress } from './client-address.ts';

function seenAs(forwarded: string | undefined, hops: number): string {
  const request = { socket: { remoteAddress: '::ffff:10.0.0.1' }, headers: { 'x-forwarded-for': forwarded } };
  return clientAddress(request as unknown as IncomingMessage, hops);
}

test('without trusted proxies, the client’s address is that of the connection', (t) => {
  t.is(seenAs('6.6.6.6', 0), '10.0.0.1');
});

test('entries to the left of those of trusted proxies are ignored', (t) => {
  t.is(seenAs('192.0.2.7', 1), '192.0.2.7');
  t.is(seenAs('6.6.6.6, 192.0.2.7', 1), '192.0.2.7');
  t.is(seenAs('6.6.6.6, 192.0.2.7, 10.0.0.9', 2), '192.0.2.7');
  t.is(seenAs('2001:db8::7', 1), '2001:db8::7');
});

test('a request that did not pass every trusted proxy cannot choose its address', (t) => {
  t.is(seenAs('6.6.6.6', 2), '10.0.0.1');
  t.is(seenAs(undefined, 1), '10.0.0.1');
  t.is(seenAs('unknown', 1), '10.0.0.1');
  t.is(seenAs(`6.6.6.6, ${'x'.repeat(100)}`, 1), '10.0.0.1');
});
