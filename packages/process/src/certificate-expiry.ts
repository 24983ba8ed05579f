import { X509Certificate } from 'node:crypto';
import { followTls } from '@guichet/certificates';

/** When a process's own certificate expires, and that of the authority it trusts. */
export interface CertificateEnds {
  own: Date;
  authority: Date;
}

/** Follows the certificates of a folder, which are renewed while the process runs. */
export function followCertificateEnds(tlsDirectory: string): () => CertificateEnds {
  const tls = followTls(tlsDirectory);
  return () => {
    const { cert, ca } = tls.current();
    return { own: endOf(cert), authority: endOf(ca) };
  };
}

/** Of several certificates in one file, the end of the first to expire. */
function endOf(pem: Buffer): Date {
  const blocks =
    pem.toString('utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return new Date(Math.min(...blocks.map((block) => new X509Certificate(block).validToDate.getTime())));
}
