const DAY_MS = 24 * 60 * 60 * 1000;

/** A device that was not used to sign in for this long is trusted no more. */
export const TRUSTED_FOR_MS = 365 * DAY_MS;

/** After as many wrong passwords or codes since its last sign-in, a device is trusted no more: those guesses are all that a stolen token gives. */
export const FAILURES_MAX = 5;

/** How many devices of one user are trusted; the one that was used longest ago is forgotten first. */
export const DEVICES_MAX = 20;
