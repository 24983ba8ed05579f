/** Where to go after signing in: a local path of a page that can be opened then, or `fallback`. */
export function safeNext(next: string | null | undefined, fallback: string): string {
  const path = localPath(next, fallback);
  const { pathname } = new URL(path, OURS);
  const isClosed = ['/login', '/logout', '/api'].some(
    (closed) => pathname === closed || pathname.startsWith(`${closed}/`),
  );
  return isClosed ? fallback : path;
}

const OURS = 'http://guichet.invalid';

/**
 * `next` if it is a path of this bank, or `fallback`. What a browser could read as another origin ("//evil", "/\evil", "https:…", control
 * characters) is not followed.
 */
export function localPath(next: string | null | undefined, fallback: string): string {
  if (next === null || next === undefined || !/^\/[^/\\]/.test(next)) return fallback;
  if (/[\\\s]/.test(next) || [...next].some((character) => character < ' ')) return fallback;
  try {
    const url = new URL(next, OURS);
    if (url.origin !== OURS || url.pathname.startsWith('//')) return fallback;
    return url.pathname + url.search;
  } catch {
    return fallback;
  }
}
