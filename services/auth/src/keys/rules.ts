type KeyState = 'published' | 'signing' | 'verify_only' | 'removed' | 'revoked';

export interface KeyFacts {
  kid: string;
  state: KeyState;
  created_at: Date;
  signing_since: Date | null;
  needed_until: Date | null;
}

export type Step =
  | { do: 'create'; as: 'published' | 'signing' }
  | { do: 'promote'; kid: string }
  | { do: 'retire'; kid: string }
  | { do: 'remove'; kid: string };

export interface Rotation {
  /** How long a key signs. */
  intervalMs: number;
  /** The shortest time for which a key is published before it signs, so that every cache has it before the first token arrives. */
  aheadMs: number;
}

/**
 * The rotation steps that are due now. A key is published, then replaces the previous signing key, which verifies until its last
 * token has expired, and is removed. There always is a next key, so that a revoked one is replaced by a key that every cache has.
 */
export function planRotation(
  keys: readonly KeyFacts[],
  now: Date,
  { intervalMs, aheadMs }: Rotation,
): Step[] {
  const ageOf = (since: Date | null) => now.getTime() - (since ?? now).getTime();
  const [signing, ...surplus] = keys
    .filter(({ state }) => state === 'signing')
    .sort((a, b) => ageOf(a.signing_since) - ageOf(b.signing_since));
  let next = keys.find(({ state }) => state === 'published');
  const steps: Step[] = surplus.map(({ kid }) => ({ do: 'retire', kid }));

  if (signing === undefined) {
    steps.push(next === undefined ? { do: 'create', as: 'signing' } : { do: 'promote', kid: next.kid });
    next = undefined;
  } else if (
    next !== undefined &&
    ageOf(signing.signing_since) >= intervalMs &&
    ageOf(next.created_at) >= aheadMs
  ) {
    steps.push({ do: 'promote', kid: next.kid }, { do: 'retire', kid: signing.kid });
    next = undefined;
  }
  if (next === undefined) steps.push({ do: 'create', as: 'published' });
  for (const { kid, state, needed_until } of keys) {
    if (state === 'verify_only' && needed_until !== null && needed_until <= now)
      steps.push({ do: 'remove', kid });
  }
  return steps;
}
