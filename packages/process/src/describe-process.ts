import { type ProcessState, SERVICES } from '@guichet/contract';
import { type Broker, toEventKeys } from '@guichet/events';
import { within } from '@guichet/time';
import type { WatchedConsumer } from './broker-metrics.ts';
import { followCertificateEnds } from './certificate-ends.ts';
import type { ReadinessCheck } from './health.ts';
import { RELEASE } from './release.ts';

/** A part that takes longer is unknown, so that the whole is known within a second. */
export const STATE_WITHIN_MS = 800;

/** What the process knows of its own set-up. Call the result for the state at that moment; it never fails. */
export function processDescriber(
  described: {
    settings: { TLS_DIRECTORY: string } & Parameters<typeof toEventKeys>[0];
    broker: Pick<Broker, 'ready'>;
    ready: ReadinessCheck;
  },
  consumers: readonly WatchedConsumer[] = [],
): () => Promise<ProcessState> {
  const { settings, broker, ready } = described;
  const certificateEnds = followCertificateEnds(settings.TLS_DIRECTORY);
  const { secretKeys, publicKeys } = toEventKeys(settings);
  return async () => {
    const { own, authority } = certificateEnds();
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
      missing: [...(missing ?? ['the check itself'])],
      certificates: { own: own.toISOString(), authority: authority.toISOString() },
      event_keys: {
        own: secretKeys.length,
        without_key: SERVICES.filter((service) => publicKeys[service].length === 0),
      },
      nats: { connected: broker.ready(), consumers: measured },
    };
  };
}
