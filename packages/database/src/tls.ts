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
 * TLS to the server at `host`, whose certificate must come from the authority in `directory` and be for that host. The authority is read again when
 * it is renewed; until then, each call returns the same object, which mysql2 uses to find its TLS sessions.
 */
export function followDatabaseTls(directory: string, host: string): () => DatabaseTls {
  const followed = followTls(directory);
  let files: TlsFiles | null = null;
  let tls: DatabaseTls | null = null;
  return () => {
    const current = followed.current();
    if (tls === null || files !== current) {
      files = current;
      // For an IP address, mysql2 would look for `localhost` in the certificate; the address is checked below instead.
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
 * Checks whether the certificate of the server is for `host`, an IP address.
 * @returns the fault, or null; also null if the connection is not encrypted, or if `host` is a name, which mysql2 has checked
 */
export function identityFault(stream: unknown, host: string): Error | null {
  const socket = stream as Partial<TLSSocket>;
  if (isIP(host) === 0 || socket.encrypted !== true || socket.getPeerCertificate === undefined) return null;
  // A resumed session has no certificate: it was checked when the session began.
  if (socket.isSessionReused?.() === true) return null;
  return checkServerIdentity(host, socket.getPeerCertificate()) ?? null;
}
