/** How far this browser has read the news of a user, kept for its other tabs and its next pages. Signing out clears it. */
export interface Place {
  /** The id of the last event; '' before the first. */
  after: string;
  unread: number;
  /** When the user last used a page, in any tab. */
  actedAtMs: number;
  savedAtMs: number;
}

/** Records that the user is active, at most every few seconds. */
export function recordActivity(user: string): void {
  let notedAtMs = 0;
  const note = (): void => {
    if (Date.now() - notedAtMs < ACTS_NOTED_EVERY_MS) return;
    notedAtMs = Date.now();
    savePlace(user, { actedAtMs: notedAtMs });
    document.dispatchEvent(new Event('guichet-acted'));
  };
  for (const name of ['pointerdown', 'keydown', 'wheel'])
    document.addEventListener(name, note, { passive: true });
}

const ACTS_NOTED_EVERY_MS = 5_000;
/** An older place would repeat the news of another day. */
const KEPT_MS = 12 * 3_600_000;

export function readPlace(user: string): Place {
  const fresh: Place = { after: '', unread: 0, actedAtMs: 0, savedAtMs: Date.now() };
  try {
    const kept = JSON.parse(localStorage.getItem(nameOf(user)) ?? 'null') as Place | null;
    return kept !== null && Date.now() - kept.savedAtMs < KEPT_MS ? kept : fresh;
  } catch {
    return fresh;
  }
}

export function savePlace(user: string, change: Partial<Place>): void {
  try {
    const place = { ...readPlace(user), ...change, savedAtMs: Date.now() };
    localStorage.setItem(nameOf(user), JSON.stringify(place));
  } catch {
    // Without storage, each page starts from now.
  }
}

const nameOf = (user: string): string => `guichet-live-${user}`;
