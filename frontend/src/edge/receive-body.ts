import type { IncomingMessage } from 'node:http';
import { BODY_BYTES_MAX, networkOf, ONE_CLIENT } from '@guichet/contract';
import { problems } from '@guichet/errors';

interface ReceivingLimits {
  /** The time within which a body must arrive completely. */
  withinMs: number;
  /** The same for routes that take more than `smallBytes`. */
  largeWithinMs: number;
  smallBytes: number;
  /** How many bodies may be on their way at once, in all and from one client address; an IPv6 /64 counts as one. */
  inAll: number;
  perAddress: number;
  /** How much of the larger bodies may have arrived, in all and from one address. */
  bytesInAll: number;
  bytesPerAddress: number;
}

const LIMITS: ReceivingLimits = {
  withinMs: 10_000,
  largeWithinMs: 30_000,
  smallBytes: 256 * 1024,
  inAll: 2_048,
  perAddress: 192,
  bytesInAll: 80 * 1024 * 1024,
  // A file of payments from one office.
  bytesPerAddress: 40 * 1024 * 1024,
};

/** The client disconnected while it was sending, so no answer can reach it. */
export class ClientAborted extends Error {
  override readonly name = 'ClientAborted';
}

/**
 * Reads the whole body of a request from `address`.
 * @throws Problem payload_too_large, request_timeout, and ClientAborted
 */
export type ReceiveBody = (request: IncomingMessage, address: string, maxBytes: number) => Promise<Buffer>;

interface Arriving {
  address: string;
  bytes: number;
  giveUp: () => void;
}

/**
 * A body is received completely before anything else is done for its request, so that a client that stops halfway holds only its own
 * connection. If there are too many unfinished bodies, or too many bytes of them, the oldest is dropped: a normal client's body arrives quickly and
 * is never the oldest for long.
 */
export function createBodyReceiver(limits: Partial<ReceivingLimits> = {}): ReceiveBody {
  const { withinMs, largeWithinMs, smallBytes, inAll, perAddress, bytesInAll, bytesPerAddress } = {
    ...LIMITS,
    ...limits,
  };
  const arriving = new Set<Arriving>();

  function makeRoomFor(address: string): void {
    const ofAddress = [...arriving].filter((other) => other.address === address);
    if (ofAddress.length >= perAddress) ofAddress[0]?.giveUp();
    else if (arriving.size >= inAll) arriving.values().next().value?.giveUp();
  }

  /** Only larger bodies are dropped to free memory: smaller ones use little, and most users wait for those. */
  function keepWithinMemory(address: string): void {
    const larger = [...arriving].filter(({ bytes }) => bytes > BODY_BYTES_MAX);
    const ofAddress = larger.filter((other) => other.address === address);
    if (bytesOf(ofAddress) > bytesPerAddress) ofAddress[0]?.giveUp();
    else if (bytesOf(larger) > bytesInAll) larger[0]?.giveUp();
  }

  return async (request, ip, maxBytes) => {
    if (!hasBody(request)) return Buffer.alloc(0);
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(request, maxBytes);
    const address = networkOf(ip, ONE_CLIENT);
    if (arriving.size >= perAddress) makeRoomFor(address);
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const chunks: Buffer[] = [];
    const onData = (chunk: Buffer) => {
      one.bytes += chunk.length;
      if (one.bytes > maxBytes) return reject(tooLarge(request, maxBytes));
      chunks.push(chunk);
      if (one.bytes > BODY_BYTES_MAX) keepWithinMemory(address);
    };
    const onEnd = () => resolve(Buffer.concat(chunks));
    const onGone = () => reject(new ClientAborted('the client went away while it was sending'));
    const one: Arriving = { address, bytes: 0, giveUp: () => reject(tooSlow()) };
    const timer = setTimeout(one.giveUp, maxBytes > smallBytes ? largeWithinMs : withinMs);
    arriving.add(one);
    request.on('data', onData).once('end', onEnd).once('error', onGone).once('close', onGone);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      arriving.delete(one);
      request.off('data', onData).off('end', onEnd).off('close', onGone);
      request.off('error', onGone).on('error', () => undefined);
    }
  };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function bytesOf(bodies: readonly Arriving[]): number {
  return bodies.reduce((sum, { bytes }) => sum + bytes, 0);
}

function tooSlow() {
  return problems.request_timeout(undefined, { headers: { Connection: 'close' } });
}

const DISCARDED_BYTES_MAX = 16 * 1024 * 1024;
const DISCARDED_WITHIN_MS = 10_000;

/** Many clients read the answer only after sending the whole body, so the rest is read and discarded, up to a bound. */
function tooLarge(request: IncomingMessage, maxBytes: number) {
  let discardedBytes = 0;
  const timer = setTimeout(() => request.destroy(), DISCARDED_WITHIN_MS);
  request.once('close', () => clearTimeout(timer)).once('end', () => clearTimeout(timer));
  request.on('data', (chunk: Buffer) => {
    discardedBytes += chunk.length;
    if (discardedBytes > DISCARDED_BYTES_MAX) request.destroy();
  });
  request.resume();
  return problems.payload_too_large(`This route accepts at most ${maxBytes} bytes`);
}
