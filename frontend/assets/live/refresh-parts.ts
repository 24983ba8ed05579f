import { loadPage } from '../load-page.ts';

/** An event of the document: parts of the page were replaced. */
export const PARTS_REFRESHED = 'guichet-parts-refreshed';

/** Only folds text: it can be replaced while it is open, and stays open. */
const STAYING = '[data-stays-open]';

/**
 * Loads the page again and replaces its parts ([data-live-part] with an id). False if the page has none, or if the user is in one of them:
 * nothing may be pulled away under a pointer or a pen.
 */
export async function refreshParts(): Promise<boolean> {
  const parts = [...document.querySelectorAll<HTMLElement>('[data-live-part][id]')];
  if (parts.length === 0 || parts.some(isInUse)) return false;
  const fresh = await loadPage(location.href, { 'X-Guichet-Passive': 'yes' });
  if (fresh === null) return false;
  for (const part of parts) {
    const next = fresh.getElementById(part.id);
    if (next === null || isInUse(part)) return false;
    const opened = [...part.querySelectorAll<HTMLDetailsElement>(STAYING)].map(({ open }) => open);
    part.replaceWith(document.adoptNode(next));
    next.querySelectorAll<HTMLDetailsElement>(STAYING).forEach((details, index) => {
      details.open ||= opened[index] === true;
    });
  }
  document.dispatchEvent(new Event(PARTS_REFRESHED));
  return true;
}

/** Refreshes the parts of a page that no news announces every so many seconds ([data-live-every]), while it is seen. */
export function refreshBySchedule(): void {
  const seconds = Number(document.querySelector<HTMLElement>('[data-live-every]')?.dataset.liveEvery ?? 0);
  if (seconds === 0) return;
  window.setInterval(() => {
    const isPaused = document.documentElement.hasAttribute('data-live-paused');
    if (document.visibilityState === 'visible' && !isPaused) void refreshParts();
  }, seconds * 1_000);
}

function isInUse(part: HTMLElement): boolean {
  if (part.contains(document.activeElement)) return true;
  // A form that is being sent would come back with another key, and could be sent twice.
  if (part.querySelector(`details[open]:not(${STAYING}), dialog[open], form[data-sent]`) !== null)
    return true;
  return [...part.querySelectorAll<HTMLInputElement>('input:not([type="hidden"]), textarea')].some(
    (field) => field.value !== field.defaultValue || field.checked !== field.defaultChecked,
  );
}
