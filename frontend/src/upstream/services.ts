import { followTls } from '@guichet/certificates';
import type { ApiService } from '@guichet/contract';
import { buildConnector, type Dispatcher, Pool } from 'undici';
import { boundedQueue, type QueueBounds } from './bounded-queue.ts';
import { repeatLost } from './repeat-lost.ts';

export type ServiceName = ApiService;

/**
 * Each kind of request has connections of its own, so that one kind cannot starve another: `calls` are answered at once, `documents`
 * are downloads and reads of the whole bank, `streams` and `live` (the pages' news) stay open, and `probes` ask only whether the service is ready.
 */
const LANES = ['calls', 'documents', 'streams', 'live', 'probes'] as const;
export type Lane = (typeof LANES)[number];

/** The connections to each service behind the frontend. */
export type Services = Record<ServiceName, Record<Lane, Dispatcher>>;

/**
 * `streams` and `live` together stay below the number that the log service keeps open (LOG_STREAMS_MAX, 500), and requests don't wait for one, because none
 * may ever become free. A download lasts as long as the client reads it, so one address never gets all of them.
 */
export const LANE_BOUNDS: Record<Lane, QueueBounds> = {
  calls: { running: 256, waiting: 1_024, waitMs: 10_000, perAddress: 768 },
  documents: { running: 64, waiting: 256, waitMs: 10_000, perAddress: 32 },
  streams: { running: 192, waiting: 0, waitMs: 0, perAddress: 96 },
  live: { running: 256, waiting: 0, waitMs: 0, perAddress: 64 },
  probes: { running: 4, waiting: 32, waitMs: 2_000, perAddress: 36 },
};

/** How long a service may take to start its answer, and then between two chunks of it. */
const HEADERS_TIMEOUT_MS = 30_000;
/** The same for answers that read the whole ledger or log first. */
export const WHOLE_BANK_TIMEOUT_MS = 5 * 60_000;
const BODY_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 2_000;
/**
 * How long an idle connection is kept, even if the service would keep it longer. It may have been lost without a word, and the next request on it would wait in
 * vain.
 */
const IDLE_MS = 5_000;

/**
 * Opens the pools; nothing is connected before the first request, so the frontend starts while services are still down.
 * `tlsDirectory` holds ca.crt, tls.crt and tls.key: the frontend presents its certificate, and trusts only that authority. Null
 * is for services without TLS, in tests.
 */
export function openServices(
  urls: Record<ServiceName, string>,
  tlsDirectory: string | null,
  bounds = LANE_BOUNDS,
): Services {
  const connectionsTo = (name: ServiceName): Record<Lane, Dispatcher> => {
    const lane = (kind: Lane): Dispatcher =>
      new Pool(new URL(urls[name]).origin, {
        connect: connectorTo(name, tlsDirectory),
        connections: bounds[kind].running,
        pipelining: 1,
        keepAliveTimeout: IDLE_MS,
        keepAliveMaxTimeout: IDLE_MS,
        headersTimeout: HEADERS_TIMEOUT_MS,
        bodyTimeout: BODY_TIMEOUT_MS,
      }).compose(boundedQueue(bounds[kind]));
    // Accounts keeps the key of every POST and PUT; auth does so for notes alone.
    const repeat = repeatLost({ keyed: name === 'accounts', withinMs: HEADERS_TIMEOUT_MS });
    return {
      calls: lane('calls').compose(repeat),
      documents: lane('documents').compose(repeat),
      streams: lane('streams'),
      live: lane('live'),
      probes: lane('probes'),
    };
  };
  return {
    auth: connectionsTo('auth'),
    accounts: connectionsTo('accounts'),
    logging: connectionsTo('logging'),
    mailer: connectionsTo('mailer'),
  };
}

/** Lets running requests end, then closes every connection. */
export async function closeServices(services: Services): Promise<void> {
  await Promise.all(everyPool(services).map((pool) => pool.close()));
}

/** Aborts running requests. */
export async function destroyServices(services: Services): Promise<void> {
  await Promise.all(everyPool(services).map((pool) => pool.destroy()));
}

function everyPool(services: Services): Dispatcher[] {
  return Object.values(services).flatMap((lanes) => Object.values(lanes));
}

/** Connects with the current certificate, which is renewed while the process runs. */
function connectorTo(name: ServiceName, tlsDirectory: string | null): buildConnector.connector {
  if (tlsDirectory === null) return buildConnector({ timeout: CONNECT_TIMEOUT_MS });
  const tls = followTls(tlsDirectory);
  let files = tls.current();
  // The server's certificate must have the service's name, so that no other process of the bank can impersonate it.
  const make = () => buildConnector({ ...files, servername: name, timeout: CONNECT_TIMEOUT_MS });
  let connect = make();
  return (options, callback) => {
    if (tls.current() !== files) {
      files = tls.current();
      connect = make();
    }
    connect(options, callback);
  };
}
