import { isIPv6 } from 'node:net';

/** Where a server listens. */
export interface Address {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
}

// A port is only read after a name, an IPv4 address or a bracket: in an IPv6 address without brackets, it could not be told from the last group.
const ADDRESS = /^(?:\[(?<bracketed>[^\]]+)\]|(?<plain>[^\s[\]:,/@]+))(?::(?<port>\d{1,5}))?$/;
const LAST_PORT = 65_535;

/** Reads `host`, `host:port`, `[::1]` or `[::1]:port`; null if it is none of these. */
export function readAddress(text: string, defaultPort: number): Address | null {
  const parts = ADDRESS.exec(text)?.groups;
  if (parts?.bracketed !== undefined && !isIPv6(parts.bracketed)) return null;
  const host = parts?.bracketed ?? parts?.plain;
  const port = parts?.port === undefined ? defaultPort : Number(parts.port);
  return host === undefined || port > LAST_PORT ? null : { host, port };
}

/** An address as `readAddress` reads it. */
export function writeAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
