import { sentence } from '@guichet/contract/events';
import type { Transaction } from '@guichet/database';
import { Problem } from '@guichet/errors';
import { enqueue } from '@guichet/outbox';
import { actionLogged, nameOf } from '../audit.ts';
import { change, type Deps, type Origin } from '../deps.ts';
import { refuse } from '../errors.ts';
import { countRefresh } from '../metrics.ts';
import { hashOpaqueToken } from '../opaque-token.ts';
import { lockUser, type UserRow } from '../users/store.ts';
import { endSessions } from './end-sessions.ts';
import { issueTokens, type TokenPair } from './issue-tokens.ts';
import type { SignedIn } from './open-session.ts';
import { classifyRefresh, sessionIsOpen } from './rules.ts';
import * as store from './store.ts';

/**
 * Exchanges a refresh token for a new pair. Within ten seconds the same token gets the same pair again, in every replica whose clock differs
 * by at most five; a later use means that it was stolen, and the session ends.
 * @throws Problem `invalid_refresh_token`
 */
export async function refreshSession(deps: Deps, refreshToken: string, origin: Origin): Promise<SignedIn> {
  const tokenHash = hashOpaqueToken(refreshToken);
  const now = deps.clock();
  let use: keyof typeof COUNTED_AS = 'refuse';
  // A theft is returned, not thrown, because the end of the session must be committed.
  const outcome = await change(deps, async (trx) => {
    const known = await lockEverything(trx, tokenHash);
    if (known === null) return refuse.invalid_refresh_token();
    const { user, session, token } = known;
    if (user.status !== 'active' || !sessionIsOpen(session, now, deps.policy.sessionIdleSeconds)) {
      return refuse.invalid_refresh_token();
    }
    use = classifyRefresh(token, now, deps.replicaId);
    switch (use) {
      case 'repeat':
        return { pair: openPair(deps, token), user };
      case 'theft':
        return endStolenSession(deps, trx, user, session.id, now, origin);
      case 'rotate': {
        const pair = await issueTokens(deps, trx, user, session, now);
        await store.markRefreshTokenUsed(trx, tokenHash, {
          used_at: now,
          used_by: deps.replicaId,
          successor: sealPair(deps, tokenHash, pair),
        });
        await store.markSessionUsed(trx, session.id, now);
        return { pair, user };
      }
    }
  });
  countRefresh(COUNTED_AS[use]);
  if (outcome instanceof Problem) throw outcome;
  return outcome;
}

const COUNTED_AS = { rotate: 'rotated', repeat: 'repeated', theft: 'stolen', refuse: 'refused' } as const;

// The order of locks in this service: user, session, token.
async function lockEverything(trx: Transaction, tokenHash: string) {
  const named = await store.findRefreshToken(trx, tokenHash);
  const owner = named === null ? null : await store.findSession(trx, named.session_id);
  if (owner === null) return null;
  const user = await lockUser(trx, owner.user_id);
  const session = await store.lockSession(trx, owner.id);
  const token = await store.lockRefreshToken(trx, tokenHash);
  return user === null || session === null || token === null ? null : { user, session, token };
}

async function endStolenSession(
  deps: Deps,
  trx: Transaction,
  user: UserRow,
  sessionId: string,
  now: Date,
  origin: Origin,
): Promise<Problem> {
  const ended = await endSessions(
    deps,
    trx,
    { userId: user.id, only: sessionId },
    'refresh_token_reused',
    now,
  );
  await enqueue(trx, [
    ...ended.messages,
    actionLogged(now, origin, {
      actor: null,
      action: 'SESSION_REVOKED',
      level: 'WARNING',
      subject: { type: 'session', id: sessionId },
      concerns: [user.id],
      sentence: sentence`A session of ${nameOf(user)} was ended because a refresh token was used twice.`,
      data: { reason: 'refresh_token_reused', user_agent: origin.userAgent },
    }),
  ]);
  return refuse.invalid_refresh_token(undefined, { internal: 'a refresh token was used twice' });
}

// The pair is stored sealed in the row of the token that it replaced, so that a leaked database does not reveal it.
function sealPair(deps: Deps, tokenHash: string, pair: TokenPair): string {
  return deps.vault.seal(JSON.stringify(pair), `refresh ${tokenHash}`);
}

function openPair(deps: Deps, token: store.RefreshTokenRow): TokenPair {
  const opened = JSON.parse(deps.vault.open(token.successor ?? '', `refresh ${token.token_hash}`));
  return { ...opened, expiresAt: new Date(opened.expiresAt) };
}
