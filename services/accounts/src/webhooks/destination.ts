import { lookup as lookupInDns } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { refuse } from '../errors.ts';

/** Finds all addresses of a host, as `dns.lookup` with `all`. */
export type Resolve = (host: string) => Promise<{ address: string; family: number }[]>;

/** Where webhooks may point. */
export interface Destinations {
  /** Hosts, as `host` or `host:port`, whose addresses and ports are not checked: the operator named them. */
  allowedHosts: ReadonlySet<string>;
  resolve: Resolve;
}

/** An address that no webhook may connect to. */
export class UnsafeAddressError extends Error {
  override readonly name = 'UnsafeAddressError';
}

export const resolveInDns: Resolve = (host) =>
  new Promise((resolve, reject) => {
    lookupInDns(host, { all: true }, (error, found) => (error === null ? resolve(found) : reject(error)));
  });

/** The global unicast addresses of IPv6 (RFC 4291, 2.4): those outside are local, reserved or translated to IPv4 (RFC 8215). */
const IPV6_GLOBAL = ipaddr.IPv6.parseCIDR('2000::/3');
/** Azure's metadata and name service, which has a public address. */
const PUBLIC_METADATA = new Set(['168.63.129.16']);

/**
 * Whether an address is on the public internet: not private, loopback, link-local, unique-local, multicast, shared (RFC 6598), reserved, or an IPv4
 * address within an IPv6 one.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast' || PUBLIC_METADATA.has(address)) return false;
  return parsed.kind() === 'ipv4' || (parsed as ipaddr.IPv6).match(IPV6_GLOBAL);
}

function isAllowed({ allowedHosts }: Destinations, url: URL): boolean {
  const port = url.port || '443';
  return allowedHosts.has(url.hostname) || allowedHosts.has(`${url.hostname}:${port}`);
}

/**
 * Reads the address of a webhook: `https`, without a user name, a password or a fragment, and at port 443 unless the operator named the host.
 * @throws Problem unsafe_url
 */
export function readWebhookUrl(text: string, destinations: Destinations): URL {
  if (!URL.canParse(text))
    throw refuse.unsafe_url('It must be a complete URL, such as https://example.com/guichet');
  const url = new URL(text);
  if (url.protocol !== 'https:') throw refuse.unsafe_url('It must begin with https://');
  if (url.username !== '' || url.password !== '')
    throw refuse.unsafe_url('It must have no user name or password');
  if (url.hash !== '') throw refuse.unsafe_url('It must have no fragment');
  if (isAllowed(destinations, url)) return url;
  if (url.port !== '') throw refuse.unsafe_url('It must use port 443');
  if (literalOf(url) !== null && !isPublicAddress(literalOf(url) as string))
    throw refuse.unsafe_url('Its address must be public');
  return url;
}

/** The IP address that a URL has in place of a name. */
function literalOf({ hostname }: URL): string | null {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) === 0 ? null : bare;
}

/**
 * Finds the addresses of a webhook's host, and refuses the host if one of them is not public.
 * @throws UnsafeAddressError, or the error of the resolver
 */
async function addressesOf(url: URL, destinations: Destinations) {
  const literal = literalOf(url);
  const found =
    literal === null
      ? await destinations.resolve(url.hostname)
      : [{ address: literal, family: isIP(literal) }];
  if (isAllowed(destinations, url)) return found;
  if (found.length === 0 || !found.every(({ address }) => isPublicAddress(address)))
    throw new UnsafeAddressError(`${url.hostname} has an address that is not public`);
  return found;
}

/** Refuses an address whose host now resolves to one that is not public. A host that can't be resolved yet is not refused. @throws Problem unsafe_url */
export async function refuseUnsafe(url: URL, destinations: Destinations): Promise<void> {
  try {
    await addressesOf(url, destinations);
  } catch (error) {
    if (error instanceof UnsafeAddressError) throw refuse.unsafe_url('Its address must be public');
  }
}

/**
 * The addresses that a connection may use, and the `lookup` that hands it exactly these: nothing resolves the name again between the check and the
 * connection.
 * @throws UnsafeAddressError, or the error of the resolver
 */
export async function pinAddresses(url: URL, destinations: Destinations): Promise<LookupFunction> {
  const found = await addressesOf(url, destinations);
  return (_hostname, options, callback) => {
    if (options.all === true) return callback(null, found);
    const [first] = found;
    return first === undefined
      ? callback(new Error('no address'), '', 4)
      : callback(null, first.address, first.family);
  };
}
