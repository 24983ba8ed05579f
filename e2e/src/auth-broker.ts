import { eventKeySettings, natsSettings, readSettings, serverSettings } from '@guichet/config';
import { newId } from '@guichet/database';
import { type Broker, connectBroker, createEnvelope, toEventKeys } from '@guichet/events';
import { silentLog } from '@guichet/log';
import type { RunningBank } from '@guichet/tools';

/** A connection to NATS with the rights and keys of auth. */
export async function connectAsAuth(bank: RunningBank): Promise<Broker> {
  const { TLS_DIRECTORY } = serverSettings;
  const settings = readSettings(
    { ...natsSettings, ...eventKeySettings, TLS_DIRECTORY },
    bank.environmentOf('auth'),
  );
  const envelope = createEnvelope('auth', toEventKeys(settings));
  const broker = connectBroker({ name: 'auth', settings, streams: ['LOG'], log: silentLog, envelope });
  await broker.whenReady();
  return broker;
}

/** An entry of the log with so many bytes of data, for `publish` as auth. */
export function logEntry(bytes: number, id = newId()) {
  const event = {
    id,
    time: new Date().toISOString(),
    service: 'auth',
    actor: null,
    action: 'SERVICE_WARNING',
    level: 'WARNING',
    subject: null,
    concerns: [],
    correlation_id: 'filler',
    message: 'An entry that takes space',
    names: [],
    data: { fields: 'x'.repeat(bytes) },
  };
  return { id, subject: 'log.system.warning', payload: Buffer.from(JSON.stringify(event)) };
}
