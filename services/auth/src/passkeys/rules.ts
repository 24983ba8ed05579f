/** How many passkeys a user can have. */
export const PASSKEYS_MAX = 20;

/** For how long a challenge can be signed. */
export const CHALLENGE_MS = 5 * 60_000;

/** For how long a payment that a passkey confirmed can be requested. */
export const STEP_UP_MS = 5 * 60_000;

/** ES256, EdDSA and RS256, as COSE algorithms: every authenticator supports one of them (WebAuthn level 3, 5.4). */
export const ALGORITHMS = [-7, -8, -257] as const;

/** The relying party: its id is the host in the bank's public URL, without the port (WebAuthn level 3, 5.1.2). */
export interface RelyingParty {
  id: string;
  /** The exact origin in which passkeys sign. */
  origin: string;
}

export function relyingPartyOf(publicUrl: string): RelyingParty {
  const { hostname, origin } = new URL(publicUrl);
  return { id: hostname, origin };
}

/** What authenticators store to name the user: the bytes of the id, which say nothing about the person (WebAuthn level 3, 14.6.1). */
export function userHandleOf(userId: string): Buffer<ArrayBuffer> {
  return Buffer.from(userId.replaceAll('-', ''), 'hex');
}

/** The ways to reach an authenticator that a browser names, without those that are no token of the registry. */
export function knownTransports(named: readonly string[] | undefined): string[] {
  return [...new Set(named)].filter((one) => /^[a-z-]{2,20}$/.test(one)).slice(0, 8);
}
