import { showToast } from '../toasts.ts';
import { connect, type LiveMessage } from './connect.ts';
import { readPlace, recordActivity, savePlace } from './place.ts';
import { refreshBySchedule, refreshParts } from './refresh-parts.ts';

/** For an hour, pages leave the counting to this script; the server knows the cookie as SCRIPTS_COOKIE. */
const COUNTING = 'guichet-scripts=yes; path=/; max-age=3600; samesite=lax';

/**
 * What happens while a page is open: toasts, the bell, and parts that are loaded again. One tab of the browser has the connection and passes
 * its news to the others; when it is closed, another takes over where it left off.
 */
export function followNews(): void {
  const page = document.querySelector<HTMLElement>('[data-live]');
  const user = page?.dataset.live;
  if (page === null || user === undefined || !('EventSource' in window)) return;
  // biome-ignore lint/suspicious/noDocumentCookie: not every browser has the Cookie Store API.
  document.cookie = location.protocol === 'https:' ? `${COUNTING}; secure` : COUNTING;
  takeCount(user);
  showUnread(user);
  recordActivity(user);
  refreshBySchedule();

  let stop = new AbortController();
  const start = (): void => {
    stop = new AbortController();
    const channel = new BroadcastChannel(`guichet-live-${user}`);
    const take = (message: LiveMessage): void => void show(message, user, page.dataset.signedOut ?? '');
    channel.onmessage = (event: MessageEvent<LiveMessage>) => take(event.data);
    const { signal } = stop;
    signal.addEventListener('abort', () => channel.close());
    const lead = (): Promise<void> =>
      new Promise((resolve) => {
        connect(user, signal, (message) => {
          channel.postMessage(message);
          take(message);
        });
        signal.addEventListener('abort', () => resolve());
      });
    // Without TLS, and away from localhost, there are no locks: then each tab has its own connection.
    if (navigator.locks === undefined) void lead();
    else navigator.locks.request(`guichet-live-${user}`, { signal }, lead).catch(() => undefined);
  };
  start();
  window.addEventListener('pagehide', () => stop.abort());
  window.addEventListener('pageshow', (event) => {
    if (!event.persisted) return;
    showUnread(user);
    start();
  });
  // The user may have read them in another tab.
  window.addEventListener('storage', () => showUnread(user));
}

async function show(message: LiveMessage, user: string, signedOut: string): Promise<void> {
  if (message.type === 'counts') return showCounts(message.counts);
  if (message.type === 'change') return void refreshParts();
  if (message.type === 'signed_out') return showToast({ kind: 'info', text: signedOut, href: '/login' });
  showUnread(user);
  await refreshParts();
  // No user would see it in a hidden tab; the tab's bell and parts are up to date when the user returns.
  if (document.visibilityState === 'visible' && !message.news.isLate) showToast(message.news);
}

/** Takes over what the page has counted: the first one after signing in, and the list of what is new. */
function takeCount(user: string): void {
  const { unread, readTo } = document.querySelector<HTMLElement>('[data-bell]')?.dataset ?? {};
  if (unread === undefined) return;
  const { after } = readPlace(user);
  // Otherwise the stream would repeat them.
  const isFurther = Number(readTo) > Number(after);
  savePlace(user, { unread: Number(unread), ...(isFurther ? { after: readTo } : {}) });
}

function showUnread(user: string): void {
  const { unread } = readPlace(user);
  for (const bell of document.querySelectorAll<HTMLElement>('[data-bell]')) {
    const count = bell.querySelector<HTMLElement>('[data-bell-count]');
    if (count === null) continue;
    count.hidden = unread === 0;
    count.textContent = unread > 99 ? '99+' : String(unread);
    const { bell: label = '', bellUnread = '' } = bell.dataset;
    bell.setAttribute('aria-label', unread > 0 ? bellUnread.replace('0', count.textContent) : label);
  }
}

/** The numbers beside the entries of the navigation. */
function showCounts(counts: Record<string, number>): void {
  for (const [href, value] of Object.entries(counts)) {
    for (const item of document.querySelectorAll<HTMLElement>(`nav a[href="${href}"]`)) {
      let count = item.querySelector<HTMLElement>('.count');
      if (count === null) {
        count = document.createElement('span');
        count.className = 'count';
        item.append(' ', count);
      }
      count.hidden = value === 0;
      count.textContent = value.toLocaleString(document.documentElement.lang);
    }
  }
}
