import { X509Certificate } from 'node:crypto';
import { followTls } from '@guichet/certificates';

/** When a process's own certificate expires, and that of the authority it trusts. */
export interface CertificateExpiry {
  own: Date;
  authority: Date;
}

/** Follows the certificates of a folder, which are renewed while the process runs. */
export function followCertificateExpiry(tlsDirectory: string): () => CertificateExpiry {
  const tls = followTls(tlsDirectory);
  return () => {
    const { cert, ca } = tls.current();
    return { own: expiryOf(cert), authority: expiryOf(ca) };
  };
}

/** If a file has several certificates, the first to expire counts. */
function expiryOf(pem: Buffer): Date {
  const blocks =
    pem.toString('utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return new Date(Math.min(...blocks.map((block) => new X509Certificate(block).validToDate.getTime())));
}
