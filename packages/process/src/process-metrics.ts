import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { followTls } from '@guichet/certificates';
import { defaultRegistry, metrics } from '@guichet/metrics';

const RELEASE: { version: string } = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
);

/** Measures the release and the expiry of the certificates, and labels every metric of the process with its service and its bank. */
export function watchProcess(options: { service: string; bank: string; tlsDirectory: string }): void {
  const { service, bank, tlsDirectory } = options;
  defaultRegistry.setDefaultLabels({ bank, service });
  metrics.gauge(
    {
      name: 'guichet_build_info',
      help: 'Always 1; the labels identify the release.',
      labelNames: ['version', 'revision'],
    },
    () => [[{ version: RELEASE.version, revision: process.env.GUICHET_REVISION ?? '' }, 1]],
  );
  const tls = followTls(tlsDirectory);
  metrics.gauge(
    {
      name: 'guichet_certificate_expiry_timestamp_seconds',
      help: "Expiry of a certificate in use: the process's own, or that of the authority it trusts.",
      labelNames: ['certificate'],
    },
    () => {
      const { cert, ca } = tls.current();
      return [
        [{ certificate: 'own' }, expiryOf(cert)],
        [{ certificate: 'authority' }, expiryOf(ca)],
      ];
    },
  );
}

/** The expiry in seconds since 1970; of several certificates in one file, that of the first to expire. */
function expiryOf(pem: Buffer): number {
  const blocks =
    pem.toString('utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const ends = blocks.map((block) => new X509Certificate(block).validToDate.getTime() / 1000);
  return Math.min(...ends);
}
