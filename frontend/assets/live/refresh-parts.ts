import { loadPage } from '../load-page.ts';

/** An event of the document: parts of the page were replaced. */
export const PARTS_REFRESHED = 'guichet-parts-refreshed';

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
    part.replaceWith(document.adoptNode(next));
  }
  document.dispatchEvent(new Event(PARTS_REFRESHED));
  return true;
}

function isInUse(part: HTMLElement): boolean {
  if (part.contains(document.activeElement)) return true;
  // A form that is being sent would come back with another key, and could be sent twice.
  if (part.querySelector('details[open], dialog[open], form[data-sent]') !== null) return true;
  return [...part.querySelectorAll<HTMLInputElement>('input:not([type="hidden"]), textarea')].some(
    (field) => field.value !== field.defaultValue || field.checked !== field.defaultChecked,
  );
}
