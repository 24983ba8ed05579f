import { defaultRegistry, metrics } from '@guichet/metrics';
import { followCertificateExpiry } from './certificate-expiry.ts';
import { RELEASE } from './release.ts';

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
  const certificateExpiry = followCertificateExpiry(tlsDirectory);
  metrics.gauge(
    {
      name: 'guichet_certificate_expiry_timestamp_seconds',
      help: "Expiry of a certificate in use: the process's own, or that of the authority it trusts.",
      labelNames: ['certificate'],
    },
    () => {
      const { own, authority } = certificateExpiry();
      return [
        [{ certificate: 'own' }, own.getTime() / 1000],
        [{ certificate: 'authority' }, authority.getTime() / 1000],
      ];
    },
  );
}
