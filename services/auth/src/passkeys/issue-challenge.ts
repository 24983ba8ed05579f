import { type Database, newId, type Transaction } from '@guichet/database';
import { hashOpaqueToken, newOpaqueToken } from '../opaque-token.ts';
import { type ChallengeRow, insertChallenge } from './challenge-store.ts';
import { CHALLENGE_MS } from './rules.ts';

/** A challenge that was issued; only its hash is stored. */
export interface IssuedChallenge {
  id: string;
  challenge: string;
}

/** Issues a challenge of 256 random bits, for a passkey to sign once within five minutes. */
export async function issueChallenge(
  db: Database | Transaction,
  meant: Pick<ChallengeRow, 'purpose'> & Partial<ChallengeRow>,
  now: Date,
): Promise<IssuedChallenge> {
  const id = newId(now);
  const challenge = newOpaqueToken();
  await insertChallenge(db, {
    user_id: null,
    session_id: null,
    amount: null,
    currency: null,
    iban: null,
    ...meant,
    id,
    challenge_hash: hashOpaqueToken(challenge),
    expires_at: new Date(now.getTime() + CHALLENGE_MS),
  });
  return { id, challenge };
}
