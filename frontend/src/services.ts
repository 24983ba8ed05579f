import { followTls } from '@guichet/certificates';
import { buildConnector, Pool } from 'undici';

export type ServiceName = 'auth' | 'accounts' | 'logging';

/** A keep-alive pool of connections to each service behind the frontend. */
export type Services = Record<ServiceName, Pool>;

/** How long a service may take to begin its answer, and then between two pieces of it. */
const HEADERS_TIMEOUT_MS = 30_000;
/** The same, where all of a bank of years is read first. */
export const WHOLE_BANK_TIMEOUT_MS = 5 * 60_000;
const BODY_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 2_000;

/**
 * Opens the pools; nothing is connected before the first request, so the frontend starts while services are still down.
 * `tlsDirectory` holds ca.crt, tls.crt and tls.key: the frontend shows its certificate, and trusts only that authority. Null
 * is for services without TLS, as tests have them.
 */
export function openServices(urls: Record<ServiceName, string>, tlsDirectory: string | null): Services {
  const pool = (name: ServiceName): Pool =>
    new Pool(new URL(urls[name]).origin, {
      connect: connectorTo(name, tlsDirectory),
      connections: 256,
      pipelining: 1,
      keepAliveTimeout: 30_000,
      headersTimeout: HEADERS_TIMEOUT_MS,
      bodyTimeout: BODY_TIMEOUT_MS,
    });
  return { auth: pool('auth'), accounts: pool('accounts'), logging: pool('logging') };
}

/** Lets running requests end, then closes every connection. */
export async function closeServices(services: Services): Promise<void> {
  await Promise.all(Object.values(services).map((pool) => pool.close()));
}

/** Connects with the certificate as it is now: it is renewed while we run. */
function connectorTo(name: ServiceName, tlsDirectory: string | null): buildConnector.connector {
  if (tlsDirectory === null) return buildConnector({ timeout: CONNECT_TIMEOUT_MS });
  const tls = followTls(tlsDirectory);
  let files = tls.current();
  // The certificate over there must bear the service's name, so that no other process of the bank can stand in for it.
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
