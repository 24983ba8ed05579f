import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { problems } from '@guichet/errors';
import { normalizePassword } from './rules.ts';

const argon2Async = promisify(argon2);

const SALT_BYTES = 16;
const TAG_BYTES = 32;
/** The maximum number of waiting calls; one more is refused as unavailable. */
const WAITING_MAX = 200;

export interface HashCost {
  memoryKib: number;
  passes: number;
  parallelism: number;
}

/** OWASP's first choice for argon2id. */
export const HASH_COST: HashCost = { memoryKib: 19_456, passes: 2, parallelism: 1 };

export interface PasswordHasher {
  /** A PHC string: `$argon2id$v=19$m=…,t=…,p=…$salt$tag`. @throws Problem unavailable if too many calls wait */
  hash(password: string): Promise<string>;
  /**
   * Whether the password is the one that was hashed. Pass null for an unknown user or one without a password: it does the same work
   * and returns false. A known device doesn't wait for calls without one, so that a flood of guesses can't hold up its user; a second
   * call of the same device does. @throws Problem unavailable if too many calls wait
   */
  verify(password: string, phc: string | null, knownDevice?: string | null): Promise<boolean>;
  /** Whether the hash costs less memory or less work than the current ones. A hash that costs more is kept. */
  isDated(phc: string): boolean;
  /** The number of waiting calls. */
  readonly waiting: number;
}

/**
 * Hashes with argon2id, at most `atOnce` at a time: each takes a core and 19 MiB, and a flood of sign-ins must leave
 * some of both for the rest of the bank.
 */
export function createPasswordHasher(atOnce: number, cost: HashCost = HASH_COST): PasswordHasher {
  const slots = createSlots(atOnce, WAITING_MAX);
  const parameters = `m=${cost.memoryKib},t=${cost.passes},p=${cost.parallelism}`;
  const dummy = toPhc(parameters, randomBytes(SALT_BYTES), randomBytes(TAG_BYTES));

  const derive = (
    password: string,
    salt: Buffer,
    { memoryKib, passes, parallelism }: HashCost,
    knownDevice: string | null,
  ) =>
    slots.in(
      () =>
        argon2Async('argon2id', {
          message: normalizePassword(password),
          nonce: salt,
          parallelism,
          memory: memoryKib,
          passes,
          tagLength: TAG_BYTES,
        }),
      knownDevice,
    );

  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES);
      return toPhc(parameters, salt, await derive(password, salt, cost, null));
    },
    async verify(password, phc, knownDevice = null) {
      const stored = readPhc(phc ?? dummy);
      const tag = await derive(password, stored.salt, stored.cost, knownDevice);
      return timingSafeEqual(tag, stored.tag) && phc !== null;
    },
    isDated(phc) {
      const stored = readPhc(phc).cost;
      return (
        stored.memoryKib < cost.memoryKib || stored.memoryKib * stored.passes < cost.memoryKib * cost.passes
      );
    },
    get waiting() {
      return slots.waiting;
    },
  };
}

function toPhc(parameters: string, salt: Buffer, tag: Buffer): string {
  return `$argon2id$v=19$${parameters}$${unpadded(salt)}$${unpadded(tag)}`;
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

function readPhc(phc: string): { cost: HashCost; salt: Buffer; tag: Buffer } {
  const found = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(phc);
  if (found === null) throw new Error('a stored password hash is not a PHC string of argon2id');
  const [, memoryKib, passes, parallelism, salt = '', tag = ''] = found;
  return {
    cost: { memoryKib: Number(memoryKib), passes: Number(passes), parallelism: Number(parallelism) },
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
}

/**
 * Runs at most `atOnce` calls at a time; at most `waitingMax` wait, in order of arrival. Those of known devices wait in a line of their own, which
 * goes first; each device has one call in it, so that no device can fill it.
 */
function createSlots(atOnce: number, waitingMax: number) {
  const waiting: (() => void)[] = [];
  const ahead: (() => void)[] = [];
  const devices = new Set<string>();
  let free = atOnce;

  async function wait(line: (() => void)[]): Promise<void> {
    if (line.length >= waitingMax) {
      throw problems.unavailable('Too many people are signing in at the moment', {
        headers: { 'Retry-After': '2' },
        internal: 'the queue for password hashing is full',
      });
    }
    // A call that ends hands its slot to the first in the queue.
    await new Promise<void>((resolve) => line.push(resolve));
  }

  async function inSlot<Result>(work: () => Promise<Result>, knownDevice: string | null): Promise<Result> {
    const goesAhead = knownDevice !== null && !devices.has(knownDevice);
    if (goesAhead) devices.add(knownDevice);
    try {
      if (free > 0) free -= 1;
      else await wait(goesAhead ? ahead : waiting);
      try {
        return await work();
      } finally {
        const next = ahead.shift() ?? waiting.shift();
        if (next === undefined) free += 1;
        else next();
      }
    } finally {
      if (goesAhead) devices.delete(knownDevice);
    }
  }

  return {
    in: inSlot,
    get waiting() {
      return waiting.length + ahead.length;
    },
  };
}
