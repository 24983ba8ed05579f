import { randomInt } from 'node:crypto';
import getPort from 'get-port';

/**
 * A port that no server uses. It lies below the kernel's range of outgoing connections, because one of those could take the port before the
 * test's server does, and is chosen at random, because other test processes choose ports at the same moment.
 */
export function freePort(): Promise<number> {
  return getPort({ port: Array.from({ length: 100 }, () => randomInt(10_000, 20_000)) });
}
