import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type Koa from 'koa';
import { readTls } from './tls.ts';

export interface Listening {
  port: number;
  /** Takes no new connection, lets what runs finish within `withinMs`, then closes. */
  close(withinMs?: number): Promise<void>;
}

interface Where {
  HOST: string;
  PORT: number;
}

/** Serves `app` by HTTPS to those who show a certificate of the bank's own authority, and to nobody else. */
export function listenMutualTls(app: Koa, settings: Where & { TLS_DIRECTORY: string }): Promise<Listening> {
  const { ca, cert, key } = readTls(settings.TLS_DIRECTORY);
  const server = createTlsServer(
    { ca, cert, key, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' },
    app.callback(),
  );
  return listen(server, settings);
}

/** Serves `app` by plain HTTP: for what stands behind an ingress, or on a person's own machine. */
export function listenHttp(app: Koa, settings: Where): Promise<Listening> {
  return listen(createServer(app.callback()), settings);
}

async function listen(server: Server, { HOST, PORT }: Where): Promise<Listening> {
  server.requestTimeout = 30_000;
  server.headersTimeout = 15_000;
  // Longer than the idle time of those who call, so that it is they who close.
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(PORT, HOST, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: (withinMs = 10_000) =>
      new Promise((resolve) => {
        const late = setTimeout(() => server.closeAllConnections(), withinMs);
        server.close(() => {
          clearTimeout(late);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}
