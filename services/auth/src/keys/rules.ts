type KeyState = 'published' | 'signing' | 'verify_only' | 'removed';

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
  /** How long a key is published before it signs, so that every cache has it before the first token arrives. */
  aheadMs: number;
}

/**
 * The rotation steps that are due now. A key is published, then replaces the previous signing key, which verifies until its last
 * token has expired, and is removed.
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
  const next = keys.find(({ state }) => state === 'published');
  const steps: Step[] = surplus.map(({ kid }) => ({ do: 'retire', kid }));

  if (signing === undefined) {
    steps.push(next === undefined ? { do: 'create', as: 'signing' } : { do: 'promote', kid: next.kid });
  } else if (next === undefined) {
    if (ageOf(signing.signing_since) >= intervalMs - aheadMs) steps.push({ do: 'create', as: 'published' });
  } else if (ageOf(signing.signing_since) >= intervalMs && ageOf(next.created_at) >= aheadMs) {
    steps.push({ do: 'promote', kid: next.kid }, { do: 'retire', kid: signing.kid });
  }
  for (const { kid, state, needed_until } of keys) {
    if (state === 'verify_only' && needed_until !== null && needed_until <= now)
      steps.push({ do: 'remove', kid });
  }
  return steps;
}
