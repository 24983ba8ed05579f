import { JwksView, RevocationsView } from '@guichet/contract/auth';
import { problems } from '@guichet/errors';
import { type Broker, followLatest, loggedDeadLetters, parseRevocationEvent } from '@guichet/events';
import type { Peer } from '@guichet/http';
import type { Log } from '@guichet/log';
import { type Clock, runPeriodically } from '@guichet/time';
import { createKeySet, createRevocations, createVerifier, isApiToken, type Verifier } from '@guichet/tokens';
import { createApiCallers } from './api-callers.ts';
import type { RevocationState } from './watch-identity.ts';

export { createApiCallers } from './api-callers.ts';
export { watchIdentity } from './watch-identity.ts';

/** Verifies tokens in this process. */
export interface Identity extends RevocationState {
  verify: Verifier;
  /** The prerequisites that are missing before tokens can be verified. */
  missing(): string[];
  /** How many revocations in NATS this process has not read yet. @throws while NATS is unavailable */
  lag(): Promise<number>;
  stop(): Promise<void>;
}

const POLL_EVERY_MS = 1_000;
const POLL_TIMEOUT_MS = 2_000;

/**
 * Verifies tokens locally with auth's public keys, and refuses ended sessions and revoked keys as soon as auth publishes them over JetStream.
 * Silence on JetStream does not prove that no session has ended, so auth's own list is also read every second. No token is accepted before it has been
 * read once; if auth is down later, verification continues, and `guichet_revocations_unconfirmed_seconds` shows it.
 */
export function connectIdentity(options: { auth: Peer; broker: Broker; clock: Clock; log: Log }): Identity {
  const { auth, broker, clock, log } = options;
  const revocations = createRevocations(clock);
  const keys = createKeySet(async () => {
    const { status, body } = await auth.request({ method: 'GET', path: '/.well-known/jwks.json' });
    if (status !== 200) throw new Error(`auth answered ${status} for its keys`);
    return JwksView.parse(body);
  });
  const startedAt = performance.now();
  let confirmedAt: number | null = null;

  const following = followLatest({
    broker,
    stream: 'REVOCATIONS',
    log,
    parse: parseRevocationEvent,
    onBatch: async (batch) => {
      for (const { value } of batch) {
        if ('kid' in value) keys.revoke(value.kid);
        else revocations.add(value.session_id, new Date(value.until));
      }
    },
    // auth's own list also has the revocations that could not be read here.
    deadLetters: loggedDeadLetters(log),
  });

  async function loadFromAuth(): Promise<void> {
    const requestedAt = performance.now();
    const { status, body } = await auth.request({
      method: 'GET',
      path: '/internal/revocations',
      timeoutMs: POLL_TIMEOUT_MS,
    });
    if (status !== 200) throw new Error(`auth answered ${status}`);
    const { items, key_ids } = RevocationsView.parse(body);
    for (const { session_id, until } of items) revocations.add(session_id, new Date(until));
    for (const kid of key_ids) keys.revoke(kid);
    confirmedAt = requestedAt;
  }
  const polling = runPeriodically({
    name: "read auth's revocations",
    log,
    everyMs: POLL_EVERY_MS,
    work: loadFromAuth,
  });
  const verifySession = createVerifier({ keys, revocations, clock });
  const findApiCaller = createApiCallers({ auth, revocations, clock });

  return {
    async verify(token) {
      if (confirmedAt === null) {
        throw problems.unavailable(undefined, {
          headers: { 'Retry-After': '1' },
          internal: 'the list of ended sessions has not been read yet',
        });
      }
      return isApiToken(token) ? findApiCaller(token) : verifySession(token);
    },
    unconfirmedSeconds: () => (performance.now() - (confirmedAt ?? startedAt)) / 1000,
    revocationsHeld: () => revocations.size,
    missing: () => (confirmedAt === null ? ['revocations'] : []),
    lag: following.lag,
    async stop() {
      await Promise.all([polling.stop(), following.stop()]);
    },
  };
}
