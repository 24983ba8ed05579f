import { readPlace, savePlace } from './place.ts';

interface News {
  kind: 'success' | 'refusal' | 'info';
  text: string;
  href: string;
  count: number;
  isLate: boolean;
}

export type LiveMessage =
  | { type: 'news'; news: News }
  | { type: 'counts'; counts: Record<string, number> }
  | { type: 'change' }
  | { type: 'signed_out' };

const RETRY_FIRST_MS = 3_000;
const RETRY_MOST_MS = 60_000;

/**
 * Opens the stream of news and keeps it open until `signal` is aborted. When the token expires it goes on only if the user has done something
 * since; otherwise it waits until they do, so that an open page alone never keeps a session alive.
 */
export function connect(user: string, signal: AbortSignal, onMessage: (message: LiveMessage) => void): void {
  let source: EventSource | null = null;
  let retryMs = RETRY_FIRST_MS;
  let timer = 0;
  let openedAtMs = 0;
  let waitsForUser = false;

  const onAct = (): void => {
    if (!waitsForUser) return;
    waitsForUser = false;
    open();
  };

  function open(): void {
    if (signal.aborted) return;
    source?.close();
    const place = readPlace(user);
    const query = new URLSearchParams({ for: user, after: place.after });
    if (place.actedAtMs > openedAtMs && openedAtMs > 0) query.set('active', 'yes');
    openedAtMs = Date.now();
    source = new EventSource(`/live?${query}`);
    const keep = (event: Event): void => {
      retryMs = RETRY_FIRST_MS;
      savePlace(user, { after: (event as MessageEvent).lastEventId });
    };
    source.addEventListener('mark', keep);
    source.addEventListener('news', (event) => {
      keep(event);
      const news = JSON.parse(event.data) as News;
      savePlace(user, { unread: readPlace(user).unread + news.count });
      onMessage({ type: 'news', news });
    });
    source.addEventListener('counts', (event) => {
      keep(event);
      onMessage({ type: 'counts', counts: JSON.parse(event.data) as Record<string, number> });
    });
    source.addEventListener('change', (event) => {
      keep(event);
      onMessage({ type: 'change' });
    });
    source.addEventListener('end', (event) => {
      source?.close();
      const reason = JSON.parse(event.data) as string;
      if (reason === 'idle') waitsForUser = true;
      else if (reason === 'signed_out') onMessage({ type: 'signed_out' });
    });
    source.addEventListener('error', () => {
      // The browser's own retry could not say whether the user has done something.
      source?.close();
      window.clearTimeout(timer);
      timer = window.setTimeout(open, retryMs * (0.5 + Math.random() / 2));
      retryMs = Math.min(retryMs * 2, RETRY_MOST_MS);
    });
  }

  document.addEventListener('guichet-acted', onAct, { signal });
  // The user may be in another tab.
  window.addEventListener('storage', () => readPlace(user).actedAtMs > openedAtMs && onAct(), { signal });
  signal.addEventListener('abort', () => {
    source?.close();
    window.clearTimeout(timer);
  });
  open();
}
