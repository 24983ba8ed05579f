import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { type Problem, problems } from '@guichet/errors';
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

/** Where a password comes from, which decides how long it waits during a flood of guesses. */
export interface Origin {
  /** A device or a session that its user has proved to be theirs: it doesn't wait for calls without one, but a second call of it does. */
  readonly known?: string | null;
  /** How many sign-ins from the same network failed lately: every other slot goes to the newest call with the fewest. */
  readonly failures?: number;
}

export interface PasswordHasher {
  /** A PHC string: `$argon2id$v=19$m=…,t=…,p=…$salt$tag`. @throws Problem unavailable if too many calls wait */
  hash(password: string): Promise<string>;
  /**
   * Whether the password is the one that was hashed. Pass null for an unknown user or one without a password: it does the same work
   * and returns false. @throws Problem unavailable if too many calls wait
   */
  verify(password: string, phc: string | null, from?: Origin): Promise<boolean>;
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
    from: Origin,
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
      from,
    );

  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES);
      return toPhc(parameters, salt, await derive(password, salt, cost, {}));
    },
    async verify(password, phc, from = {}) {
      const stored = readPhc(phc ?? dummy);
      const tag = await derive(password, stored.salt, stored.cost, from);
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

interface Waiting {
  readonly failures: number;
  readonly begin: () => void;
  readonly refuse: (problem: Problem) => void;
}

/**
 * Runs at most `atOnce` calls at a time; at most `waitingMax` wait. Known devices and sessions wait in a line of their own, which goes first; each has one
 * call in it, so that none can fill it. Of the others, the one that has waited longest and the newest of those with the fewest failures take turns: a user on a new
 * device passes the guessers, whose networks have failed before or will when their turn comes, and no network waits for ever. When the line is full, the call with the most failures leaves it.
 */
function createSlots(atOnce: number, waitingMax: number) {
  const waiting: Waiting[] = [];
  const ahead: Waiting[] = [];
  const known = new Set<string>();
  let free = atOnce;
  let isOldestsTurn = true;

  function wait(line: Waiting[], failures: number): Promise<void> {
    if (line.length >= waitingMax) {
      const worst = line.findLastIndex(
        (one) => one.failures === Math.max(...line.map((each) => each.failures)),
      );
      if ((line[worst]?.failures ?? 0) <= failures) throw queueIsFull();
      line.splice(worst, 1)[0]?.refuse(queueIsFull());
    }
    // A call that ends hands its slot to the next one.
    return new Promise<void>((begin, refuse) => line.push({ failures, begin, refuse }));
  }

  function takeNext(): Waiting | undefined {
    const first = ahead.shift();
    if (first !== undefined) return first;
    isOldestsTurn = !isOldestsTurn;
    if (isOldestsTurn) return waiting.shift();
    const fewest = Math.min(...waiting.map(({ failures }) => failures));
    return waiting.splice(
      waiting.findLastIndex(({ failures }) => failures === fewest),
      1,
    )[0];
  }

  async function inSlot<Result>(work: () => Promise<Result>, from: Origin): Promise<Result> {
    const { known: id = null, failures = 0 } = from;
    const goesAhead = id !== null && !known.has(id);
    if (goesAhead) known.add(id);
    try {
      if (free > 0) free -= 1;
      else await wait(goesAhead ? ahead : waiting, failures);
      try {
        return await work();
      } finally {
        const next = takeNext();
        if (next === undefined) free += 1;
        else next.begin();
      }
    } finally {
      if (goesAhead) known.delete(id);
    }
  }

  return {
    in: inSlot,
    get waiting() {
      return waiting.length + ahead.length;
    },
  };
}

function queueIsFull(): Problem {
  return problems.unavailable('Too many people are signing in at the moment', {
    headers: { 'Retry-After': '2' },
    internal: 'the queue for password hashing is full',
  });
}
