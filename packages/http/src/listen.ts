import { createServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { followTls, type TlsFiles } from '@guichet/certificates';
import { networkOf, ONE_CLIENT } from '@guichet/contract';
import type Koa from 'koa';

export interface Listening {
  port: number;
  /** Accepts no new connections, gives running requests `withinMs` to finish, then closes. */
  close(withinMs?: number): Promise<void>;
}

interface Address {
  HOST: string;
  PORT: number;
}

/** Limits on the connections of a server's clients. */
interface ConnectionLimits {
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

interface ListenOptions {
  limits?: Partial<ConnectionLimits>;
  /** Once it is aborted, each reply ends its connection, so that clients move to other replicas while they are still served. */
  stopping?: AbortSignal;
}

/** Serves `app` over HTTPS, only to clients with a certificate of the bank's own authority. New connections get the renewed certificate. */
export function listenMutualTls(
  app: Koa,
  settings: Address & { TLS_DIRECTORY: string },
  options: ListenOptions = {},
): Promise<Listening> {
  const followed = followTls(settings.TLS_DIRECTORY);
  let files = followed.current();
  const server = createTlsServer(
    { ...timeoutsOf(options), ...secureContextOf(files), requestCert: true, rejectUnauthorized: true },
    app.callback(),
  );
  // Before TLS starts on this connection, so that it gets the renewed certificate already.
  server.prependListener('connection', () => {
    const current = followed.current();
    if (current === files) return;
    files = current;
    server.setSecureContext(secureContextOf(files));
  });
  return listen(server, settings, options);
}

function secureContextOf({ ca, cert, key }: TlsFiles) {
  return { ca, cert, key, minVersion: 'TLSv1.3' } as const;
}

/** Serves `app` over plain HTTP: behind an ingress, or on a developer's machine. */
export function listenHttp(app: Koa, settings: Address, options: ListenOptions = {}): Promise<Listening> {
  return listen(createServer(timeoutsOf(options), app.callback()), settings, options);
}

async function listen(server: Server, { HOST, PORT }: Address, options: ListenOptions): Promise<Listening> {
  limitConnections(server, { ...LIMITS, ...options.limits });
  // Longer than the idle time of the clients, so that they close the connection first.
  server.keepAliveTimeout = 65_000;
  const close = closing(server, options);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(PORT, HOST, resolve);
  });
  return { port: (server.address() as AddressInfo).port, close };
}

function timeoutsOf({ limits }: ListenOptions) {
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

/** Node closes idle connections that have had a request; without this, connections opened in advance would delay the stop. */
function closing(server: Server, { stopping }: ListenOptions): Listening['close'] {
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
