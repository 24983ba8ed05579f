import { isIPv6 } from 'node:net';
import { networkOf, ONE_CLIENT } from '@guichet/contract';

/** Longer than any network address; what a service gives that is none is cut off there. */
export const ADDRESS_LENGTH_MAX = 64;

/** An address as failed sign-ins are grouped by it: an IPv4 address, or an IPv6 /64. */
export function addressOf(ip: string): string {
  const whole = ip.endsWith('::/64') ? ip.replace('/64', '') : ip;
  const network = networkOf(whole, ONE_CLIENT);
  const isNetwork6 = isIPv6(whole.replace(/%.*$/, '')) && network.includes(':');
  return (isNetwork6 ? `${network}::/64` : network)
    .replace(/[^\x21-\x7e]/g, '?')
    .slice(0, ADDRESS_LENGTH_MAX);
}

/** Where a failed sign-in came from; null for other entries, and for sign-ins whose address is sealed with what is about a person. */
export function signInAddress({ action, data }: { action: string; data: string }): string | null {
  if (action !== 'LOGIN_FAILED') return null;
  const { ip } = JSON.parse(data) as { ip?: unknown };
  return typeof ip === 'string' && ip !== '' ? addressOf(ip) : null;
}
