import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@guichet/config';
import { type Broker, followLatest, type RevocationEvent } from '@guichet/events';
import type { Peer } from '@guichet/http';
import type { Log } from '@guichet/log';
import { createKeySet, createRevocations, createVerifier, type Jwks, type Verifier } from '@guichet/tokens';

/** Knows, in this process, whose token is good. */
export interface Identity {
  verify: Verifier;
  stop(): Promise<void>;
}

/**
 * Verifies tokens locally with auth's public keys, and refuses ended sessions as soon as auth tells of them over JetStream. What was
 * revoked before this process started is asked of auth and read from the stream, whichever answers; auth being away later stops nothing.
 */
export function connectIdentity(options: { auth: Peer; broker: Broker; clock: Clock; log: Log }): Identity {
  const { auth, broker, clock, log } = options;
  const revocations = createRevocations(clock);
  const stopping = new AbortController();

  const following = followLatest({
    broker,
    stream: 'REVOCATIONS',
    log,
    onBatch: async (batch) => {
      for (const { data } of batch) {
        const event: RevocationEvent = JSON.parse(Buffer.from(data).toString('utf8'));
        revocations.add(event.session_id, new Date(event.until));
      }
    },
  });

  // JetStream tells of each revocation once more than needed rather than once too few; auth's own list fills what it lost.
  async function loadFromAuth(): Promise<void> {
    for (let attempt = 0; !stopping.signal.aborted; attempt += 1) {
      try {
        const { status, body } = await auth.request({ method: 'GET', path: '/internal/revocations' });
        if (status !== 200) throw new Error(`auth answered ${status}`);
        for (const item of (body as { items: RevocationEvent[] }).items) {
          revocations.add(item.session_id, new Date(item.until));
        }
        return;
      } catch (error) {
        if (attempt === 0) log.info({ reason: String(error) }, 'auth cannot be asked for revocations yet');
        await sleep(Math.min(500 * 2 ** attempt, 10_000), undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }
  void loadFromAuth();

  const keys = createKeySet(async () => {
    const { status, body } = await auth.request({ method: 'GET', path: '/.well-known/jwks.json' });
    if (status !== 200) throw new Error(`auth answered ${status} for its keys`);
    return body as Jwks;
  });

  return {
    verify: createVerifier({ keys, revocations, clock }),
    async stop() {
      stopping.abort();
      await following.stop();
    },
  };
}
