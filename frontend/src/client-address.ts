import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * The address of the client. Each trusted proxy appends the address it saw to X-Forwarded-For, so with `hops` of them the entry that far
 * from the right is the last one that no client could have written. If there are fewer, the request did not pass every proxy, and its
 * header is ignored.
 */
export function clientAddress(request: IncomingMessage, hops: number): string {
  const socketAddress = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  if (hops === 0) return socketAddress;
  const seen = String(request.headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '');
  const address = seen[seen.length - hops];
  return address !== undefined && isIP(address) !== 0 ? address : socketAddress;
}
