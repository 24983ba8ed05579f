import type { IncomingMessage } from 'node:http';

/**
 * The address of the person at the other end. Each trusted proxy appends the address it saw to X-Forwarded-For, so with
 * `hops` of them the entry that far from the right is the last one that nobody outside could have written.
 */
export function clientAddress(request: IncomingMessage, hops: number): string {
  const socketAddress = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  if (hops === 0) return socketAddress;
  const seen = String(request.headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '');
  return seen[seen.length - hops] ?? seen[0] ?? socketAddress;
}
