import { type ProcessState, SERVICES } from '@guichet/contract';
import { type Broker, toEventKeys } from '@guichet/events';
import { within } from '@guichet/time';
import type { WatchedConsumer } from './broker-metrics.ts';
import { followCertificateExpiry } from './certificate-expiry.ts';
import type { ReadinessCheck } from './health.ts';
import { RELEASE } from './release.ts';

/** A part that takes longer is unknown, so that the whole is known within a second. */
export const STATE_WITHIN_MS = 800;

/** Returns a function that describes the process's own set-up at the moment of the call, and never fails. */
export function processDescriber(
  described: {
    settings: { TLS_DIRECTORY: string } & Parameters<typeof toEventKeys>[0];
    broker: Pick<Broker, 'ready'>;
    ready: ReadinessCheck;
  },
  consumers: readonly WatchedConsumer[] = [],
): () => Promise<ProcessState> {
  const { settings, broker, ready } = described;
  const certificateExpiry = followCertificateExpiry(settings.TLS_DIRECTORY);
  const { secretKeys, publicKeys } = toEventKeys(settings);
  return async () => {
    const { own, authority } = certificateExpiry();
    const [missing, measured] = await Promise.all([
      within(STATE_WITHIN_MS, ready()),
      Promise.all(
        consumers.map(async ({ stream, consumer, lag }) => ({
          stream,
          consumer,
          waiting: await within(STATE_WITHIN_MS, lag()),
        })),
      ),
    ]);
    return {
      release: RELEASE.version,
      missing: [...(missing ?? ['readiness check'])],
      certificates: { own: own.toISOString(), authority: authority.toISOString() },
      event_keys: {
        own: secretKeys.length,
        without_key: SERVICES.filter((service) => publicKeys[service].length === 0),
      },
      nats: { connected: broker.ready(), consumers: measured },
    };
  };
}
