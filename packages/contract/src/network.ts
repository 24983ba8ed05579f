import { isIPv4, isIPv6 } from 'node:net';

/** The addresses that count as one client: an IPv4 address, or an IPv6 /64. */
export const ONE_CLIENT = { octets: 4, groups: 4 } as const;

/**
 * The network that an address is in: the first `octets` of an IPv4 address (also where it is mapped into IPv6), the first `groups` of 16
 * bits of an IPv6 one. Any other text is its own network.
 */
export function networkOf(ip: string | null, { octets, groups }: { octets: number; groups: number }): string {
  const address = (ip ?? '').replace(/%.*$/, '');
  if (isIPv4(address)) return address.split('.').slice(0, octets).join('.');
  if (!isIPv6(address)) return address;
  const all = groupsOf(address);
  if (all.slice(0, 5).every((group) => group === 0) && all[5] === 0xffff) {
    const [high = 0, low = 0] = all.slice(6);
    return [high >> 8, high & 255, low >> 8, low & 255].slice(0, octets).join('.');
  }
  return all
    .slice(0, groups)
    .map((group) => group.toString(16))
    .join(':');
}

/** The eight groups of a valid IPv6 address, in any of its spellings. */
function groupsOf(address: string): number[] {
  // The URL parser writes every spelling in one form, without a dotted part.
  const [left = '', right] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const read = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  if (right === undefined) return read(left);
  const [head, tail] = [read(left), read(right)];
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}
