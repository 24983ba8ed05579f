import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@guichet/config';
import {
  type Broker,
  followLatest,
  loggedDeadLetters,
  parseRevocationEvent,
  type RevocationEvent,
} from '@guichet/events';
import type { Peer } from '@guichet/http';
import type { Log } from '@guichet/log';
import { createKeySet, createRevocations, createVerifier, type Jwks, type Verifier } from '@guichet/tokens';

/** Knows, in this process, whose token is good. */
export interface Identity {
  verify: Verifier;
  /** Revocations in NATS that this process has not seen yet. @throws while NATS is unavailable */
  lag(): Promise<number>;
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 1_000;

/**
 * Verifies tokens locally with auth's public keys, and refuses ended sessions as soon as auth tells of them over JetStream. What was
 * revoked before this process started, or while NATS was away, is asked of auth; auth being away later stops nothing.
 */
export function connectIdentity(options: { auth: Peer; broker: Broker; clock: Clock; log: Log }): Identity {
  const { auth, broker, clock, log } = options;
  const revocations = createRevocations(clock);
  const stopping = new AbortController();

  const following = followLatest({
    broker,
    stream: 'REVOCATIONS',
    log,
    parse: parseRevocationEvent,
    onBatch: async (batch) => {
      for (const { value } of batch) revocations.add(value.session_id, new Date(value.until));
    },
    // Auth's own list has what could not be read here.
    deadLetters: loggedDeadLetters(log),
  });

  // JetStream tells of each revocation once more than needed rather than once too few; auth's own list fills what it cannot tell.
  async function keepLoading(): Promise<void> {
    let isLoaded = false;
    for (let failures = 0; !stopping.signal.aborted; ) {
      const isConnected = broker.ready();
      if (!isLoaded || !isConnected) {
        const isFresh = await loadFromAuth(failures === 0);
        failures = isFresh ? 0 : failures + 1;
        // Once more after NATS is back: the list that was read while it was away may be older than what was published last.
        isLoaded = isFresh && isConnected;
      }
      const waitMs = Math.min(LOOK_EVERY_MS * 2 ** Math.min(failures, 4), 10_000);
      await sleep(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  async function loadFromAuth(isFirstTry: boolean): Promise<boolean> {
    try {
      const { status, body } = await auth.request({ method: 'GET', path: '/internal/revocations' });
      if (status !== 200) throw new Error(`auth answered ${status}`);
      for (const { session_id, until } of (body as { items: RevocationEvent[] }).items) {
        revocations.add(session_id, new Date(until));
      }
      return true;
    } catch (error) {
      if (isFirstTry) log.info({ reason: String(error) }, 'auth cannot be asked for revocations yet');
      return false;
    }
  }
  void keepLoading();

  const keys = createKeySet(async () => {
    const { status, body } = await auth.request({ method: 'GET', path: '/.well-known/jwks.json' });
    if (status !== 200) throw new Error(`auth answered ${status} for its keys`);
    return body as Jwks;
  });

  return {
    verify: createVerifier({ keys, revocations, clock }),
    lag: following.lag,
    async stop() {
      stopping.abort();
      await following.stop();
    },
  };
}
