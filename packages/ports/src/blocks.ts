import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the range that the kernel uses for outgoing connections, which could otherwise take a port in the meantime. */
const LOWEST = 10_000;
const HIGHEST = 32_000;
const BLOCK_SIZE = 50;

/** The blocks of this process, by their first port. */
const taken = new Map<number, Promise<boolean>>();

/** Takes the block of this port for as long as this process lives. @returns false if it's another process's, or there is none */
export function takeBlockOf(port: number): Promise<boolean> {
  return port >= LOWEST && port < HIGHEST ? takeBlock(port - (port % BLOCK_SIZE)) : Promise.resolve(false);
}

/** Takes a block that no process has. @returns its ports */
export async function takeAnyBlock(): Promise<number[]> {
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    const first = BLOCK_SIZE * randomInt(LOWEST / BLOCK_SIZE, HIGHEST / BLOCK_SIZE);
    if (!taken.has(first) && (await takeBlock(first)))
      return Array.from({ length: BLOCK_SIZE - 1 }, (_, index) => first + 1 + index);
  }
  throw new Error(`other processes use all ports between ${LOWEST} and ${HIGHEST}`);
}

function takeBlock(first: number): Promise<boolean> {
  const known = taken.get(first);
  if (known !== undefined) return known;
  const taking = listen(first).then((isOurs) => {
    if (!isOurs) taken.delete(first);
    return isOurs;
  });
  taken.set(first, taking);
  return taking;
}

function listen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(true));
    server.unref();
  });
}
