/**
 * Where to go after signing in: a local path, or `fallback`. What a browser could read as another origin
 * ("//evil", "/\evil", "https:…", control characters) is not followed.
 */
export function safeNext(next: string | null | undefined, fallback: string): string {
  if (next === null || next === undefined || !/^\/[^/\\]/.test(next)) return fallback;
  if (/[\\\s]/.test(next) || [...next].some((character) => character < ' ')) return fallback;
  const ours = 'http://guichet.invalid';
  try {
    const url = new URL(next, ours);
    if (url.origin !== ours || url.pathname.startsWith('//')) return fallback;
    if (
      ['/login', '/logout', '/api'].some(
        (path) => url.pathname === path || url.pathname.startsWith(`${path}/`),
      )
    ) {
      return fallback;
    }
    return url.pathname + url.search;
  } catch {
    return fallback;
  }
}
