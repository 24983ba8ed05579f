import { isIP } from 'node:net';
import { checkServerIdentity, type TLSSocket } from 'node:tls';
import { followTls, type TlsFiles } from '@guichet/certificates';

/** mysql2's `ssl` option. */
export interface DatabaseTls {
  ca: Buffer;
  rejectUnauthorized: true;
  verifyIdentity: boolean;
}

/**
 * TLS to the server at `host`, whose certificate must come from the authority in `directory` and be for that host. The authority
 * is read again when it is renewed; until then each call answers the same object, by which mysql2 knows its TLS sessions.
 */
export function followDatabaseTls(directory: string, host: string): () => DatabaseTls {
  const followed = followTls(directory);
  let files: TlsFiles | null = null;
  let tls: DatabaseTls | null = null;
  return () => {
    const current = followed.current();
    if (tls === null || files !== current) {
      files = current;
      // With an address mysql2 would look for the name `localhost` in the certificate: that is checked below instead.
      tls = { ca: current.ca, rejectUnauthorized: true, verifyIdentity: isIP(host) === 0 };
    }
    return tls;
  };
}

/** TLS to the server at `host`, whose certificate must come from the authority `ca` (PEM) and be for that host. */
export function databaseTlsOf(ca: string, host: string): DatabaseTls {
  return { ca: Buffer.from(ca), rejectUnauthorized: true, verifyIdentity: isIP(host) === 0 };
}

/**
 * Whether the certificate at the other end is for `host`, an IP address.
 * @returns what is wrong with it, or null; null too where the connection is plain, or `host` a name, which mysql2 has checked
 */
export function identityFault(stream: unknown, host: string): Error | null {
  const socket = stream as Partial<TLSSocket>;
  if (isIP(host) === 0 || socket.encrypted !== true || socket.getPeerCertificate === undefined) return null;
  // A resumed session shows no certificate: it was looked at when the session began.
  if (socket.isSessionReused?.() === true) return null;
  return checkServerIdentity(host, socket.getPeerCertificate()) ?? null;
}
