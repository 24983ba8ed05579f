import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type Address, databaseAddresses } from '@guichet/config';
import type { TestDatabase } from './database.ts';

/** A proxy to a database that can be cut. */
export interface Wire {
  /** The settings of the database, through this proxy. */
  settings: TestDatabase['settings'];
  /** Breaks every connection at once and accepts no new ones, which looks like `kill -9` to the database. */
  cut(): void;
}

/** Opens a proxy to the server of `settings`. */
export async function layWire(settings: TestDatabase['settings']): Promise<Wire> {
  const [address] = databaseAddresses(settings);
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ ...(address as Address), noDelay: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on('error', () => undefined);
      from.once('close', () => {
        open.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    settings: { ...settings, DATABASE_HOSTS: ['127.0.0.1'], DATABASE_PORT: port },
    cut() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
