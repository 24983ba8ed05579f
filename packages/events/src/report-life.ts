import type { ServiceName } from '@guichet/contract';
import { type AuditEvent, plain, sentence } from '@guichet/contract/events';
import { sleep } from '@guichet/time';
import { v7 } from 'uuid';
import { auditEvent } from './audit-event.ts';
import type { Broker } from './broker.ts';
import { logMessage } from './messages.ts';

const RETRY_MS = 1_000;
const STOP_WITHIN_MS = 500;

/**
 * Publishes to the audit log that a process has started, with the version and the fingerprint of its settings, and that it stops, if it stops in
 * order. The start is published once NATS can be reached; a process that ends before leaves neither entry.
 */
export function reportLife(options: {
  broker: Pick<Broker, 'ready' | 'publish'>;
  service: ServiceName;
  version: string;
  settingsHash: string;
  clock?: () => Date;
}): { stop(): Promise<void> } {
  const { broker, service, version, settingsHash, clock = () => new Date() } = options;
  const stopping = new AbortController();
  const startedAt = clock();
  const data = { version, settings_hash: settingsHash };
  const started = eventOf('SERVICE_STARTED', startedAt);
  const starting = publishStart();

  function eventOf(action: 'SERVICE_STARTED' | 'SERVICE_STOPPED', now: Date): AuditEvent {
    return auditEvent(
      { service, id: v7(), now, correlationId: null },
      {
        action,
        actor: null,
        subject: null,
        concerns: [],
        sentence:
          action === 'SERVICE_STARTED'
            ? sentence`${plain(service)} ${plain(version)} started.`
            : sentence`${plain(service)} ${plain(version)} stopped.`,
        data,
      },
    );
  }

  async function publish(event: AuditEvent): Promise<boolean> {
    if (!broker.ready()) return false;
    const { id, subject, payload } = logMessage(event);
    return broker.publish({ id, subject, payload: Buffer.from(JSON.stringify(payload)) }).then(
      () => true,
      () => false,
    );
  }

  // A lost reply makes it publish again, and JetStream drops the second under the same id.
  async function publishStart(): Promise<boolean> {
    while (!(await publish(started))) {
      if (stopping.signal.aborted) return false;
      await sleep(RETRY_MS, stopping.signal, { ref: false });
    }
    return true;
  }

  return {
    async stop() {
      stopping.abort();
      const stopped = starting.then((wasPublished) =>
        wasPublished ? publish(eventOf('SERVICE_STOPPED', clock())) : false,
      );
      await Promise.race([stopped, sleep(STOP_WITHIN_MS, undefined, { ref: false })]);
    },
  };
}
