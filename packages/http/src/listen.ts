import { createServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { followTls, type TlsFiles } from '@guichet/certificates';
import { networkOf, ONE_CLIENT } from '@guichet/contract';
import type Koa from 'koa';

export interface Listening {
  port: number;
  /** Takes no new connection, lets what runs finish within `withinMs`, then closes. */
  close(withinMs?: number): Promise<void>;
}

interface Where {
  HOST: string;
  PORT: number;
}

/** Limits on the connections of a server's clients. */
export interface ConnectionLimits {
  /** The time within which a request's headers must arrive; otherwise the connection is closed (408). */
  headersWithinMs: number;
  /** The same for the whole request, its body included. */
  requestWithinMs: number;
  /** How often the two limits above are checked. */
  checkEveryMs: number;
  connectionsMax: number;
  /** An IPv6 /64 counts as one address. */
  connectionsPerAddressMax: number;
}

const LIMITS: ConnectionLimits = {
  headersWithinMs: 10_000,
  requestWithinMs: 45_000,
  checkEveryMs: 5_000,
  connectionsMax: 10_000,
  connectionsPerAddressMax: Number.POSITIVE_INFINITY,
};

interface Life {
  limits?: Partial<ConnectionLimits>;
  /** Once it is aborted, each answer ends its connection, so that those who call turn to others while they still are served. */
  stopping?: AbortSignal;
}

/**
 * Serves `app` by HTTPS to those who show a certificate of the bank's own authority, and to nobody else. A certificate that is
 * renewed meanwhile is shown to new connections.
 */
export function listenMutualTls(
  app: Koa,
  settings: Where & { TLS_DIRECTORY: string },
  life: Life = {},
): Promise<Listening> {
  const followed = followTls(settings.TLS_DIRECTORY);
  let files = followed.current();
  const server = createTlsServer(
    { ...timeoutsOf(life), ...secureContextOf(files), requestCert: true, rejectUnauthorized: true },
    app.callback(),
  );
  // Before TLS begins on it, so that this very connection sees the renewed one.
  server.prependListener('connection', () => {
    const current = followed.current();
    if (current === files) return;
    files = current;
    server.setSecureContext(secureContextOf(files));
  });
  return listen(server, settings, life);
}

function secureContextOf({ ca, cert, key }: TlsFiles) {
  return { ca, cert, key, minVersion: 'TLSv1.3' } as const;
}

/** Serves `app` by plain HTTP: for what stands behind an ingress, or on a person's own machine. */
export function listenHttp(app: Koa, settings: Where, life: Life = {}): Promise<Listening> {
  return listen(createServer(timeoutsOf(life), app.callback()), settings, life);
}

async function listen(server: Server, { HOST, PORT }: Where, life: Life): Promise<Listening> {
  limitConnections(server, { ...LIMITS, ...life.limits });
  // Longer than the idle time of those who call, so that it is they who close.
  server.keepAliveTimeout = 65_000;
  const close = closing(server, life);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(PORT, HOST, resolve);
  });
  return { port: (server.address() as AddressInfo).port, close };
}

function timeoutsOf({ limits }: Life) {
  const { headersWithinMs, requestWithinMs, checkEveryMs } = { ...LIMITS, ...limits };
  return {
    headersTimeout: headersWithinMs,
    requestTimeout: requestWithinMs,
    connectionsCheckingInterval: checkEveryMs,
  };
}

function limitConnections(server: Server, limits: ConnectionLimits): void {
  server.maxConnections = limits.connectionsMax;
  const byAddress = new Map<string, number>();
  server.prependListener('connection', (socket: Socket) => {
    const address = networkOf(socket.remoteAddress ?? null, ONE_CLIENT);
    const open = (byAddress.get(address) ?? 0) + 1;
    byAddress.set(address, open);
    socket.once('close', () => {
      const left = (byAddress.get(address) ?? 1) - 1;
      if (left === 0) byAddress.delete(address);
      else byAddress.set(address, left);
    });
    if (open > limits.connectionsPerAddressMax) socket.destroy();
  });
}

/** Node closes connections that have had a request and are idle; those that were opened in advance would hold the stop up. */
function closing(server: Server, { stopping }: Life): Listening['close'] {
  const sockets = new Set<Socket>();
  const running = new Set<ServerResponse>();
  let isClosing = false;

  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.prependListener('request', (_request, response) => {
    running.add(response);
    if (isClosing || stopping?.aborted) response.setHeader('Connection', 'close');
    response.once('close', () => {
      running.delete(response);
      if (isClosing) response.req.socket.destroySoon();
    });
  });

  return (withinMs = 10_000) =>
    new Promise((resolve) => {
      isClosing = true;
      const late = setTimeout(() => server.closeAllConnections(), withinMs);
      server.close(() => {
        clearTimeout(late);
        resolve();
      });
      const busy = new Set([...running].map(({ req }) => req.socket));
      for (const socket of sockets) if (!busy.has(socket)) socket.destroy();
      for (const response of running) if (!response.headersSent) response.setHeader('Connection', 'close');
    });
}
