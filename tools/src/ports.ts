import { createServer } from 'node:net';
import { UserError } from '@guichet/cli';

// get-port does not fit: it reserves each port it returned, so that a bank could not check and keep the ports of its last start, and it tries
// a range in order, so that two banks started at once would choose the same.
/** Below the range that the kernel uses for outgoing connections, which could otherwise take a port in the meantime. */
const LOWEST = 20_000;
const HIGHEST = 31_999;

/** Whether a server could listen on `port` on this machine's own addresses. */
export async function isFree(port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '::1', '0.0.0.0']) {
    if (!(await canListen(port, host))) return false;
  }
  return true;
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      // A machine without IPv6 has no ::1.
      resolve(error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT');
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * Gives each name a port: its previous one if that is still free, otherwise any free one.
 */
export async function choosePorts<Name extends string>(
  names: readonly Name[],
  before: Partial<Record<string, number>> = {},
): Promise<Record<Name, number>> {
  const chosen = new Map<Name, number>();
  for (const name of names) {
    const last = before[name];
    const taken = new Set(chosen.values());
    const keep = last !== undefined && !taken.has(last) && (await isFree(last));
    chosen.set(name, keep ? last : await freePort(taken));
  }
  return Object.fromEntries(chosen) as Record<Name, number>;
}

async function freePort(taken: ReadonlySet<number>): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new UserError(`No free port was found between ${LOWEST} and ${HIGHEST}.`);
}

/**
 * Reads a port that the user may set; 0 means any free one.
 * @throws UserError if it is not a port or is in use
 */
export async function requestedPort(
  name: string,
  standard: number,
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  const text = environment[name] || String(standard);
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UserError(
      `${name}=${text} is not a port: give a number from 1 to 65535, or 0 for any free one.`,
    );
  }
  if (port === 0) return freePort(new Set());
  if (!(await isFree(port))) {
    const other = port + 1 > 65_535 ? port - 1 : port + 1;
    throw new UserError(
      `Port ${port} is in use by another program: stop it, or choose another port, for example ${name}=${other} npm start`,
    );
  }
  return port;
}
