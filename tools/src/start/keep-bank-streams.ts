import { join } from 'node:path';
import { natsSettings, readSettings, serverSettings, streamSettings } from '@guichet/config';
import { keepStreams } from '@guichet/events';
import { STREAMS_USER } from '@guichet/jobs/servers/nats-permissions';
import { createLog } from '@guichet/log';
import type { Listener } from '../processes/supervised.ts';
import { type BankSettings, natsNodesOf, natsServers, portsSeenBy } from './settings.ts';

/** Creates the streams and consumers as soon as NATS answers, and again when it loses them; the services may not. */
export function keepBankStreams(settings: BankSettings, listener: Listener) {
  const { folder, secrets } = settings;
  const ports = portsSeenBy(STREAMS_USER, settings);
  const log = createLog(
    { service: 'streams', level: 'warn' },
    { write: (line) => listener.line('streams', line.trimEnd(), 'stdout') },
  );
  const streams = readSettings(
    { ...natsSettings, ...streamSettings, TLS_DIRECTORY: serverSettings.TLS_DIRECTORY },
    {
      NATS_SERVERS: natsServers(ports),
      NATS_STREAMS_MIB: settings.environment.NATS_STREAMS_MIB,
      NATS_REPLICAS: String(natsNodesOf(ports).length),
      NATS_USER: STREAMS_USER,
      NATS_PASSWORD: secrets.nats[STREAMS_USER],
      TLS_DIRECTORY: join(folder, 'tls', STREAMS_USER),
    },
  );
  return keepStreams({ settings: streams, log });
}
