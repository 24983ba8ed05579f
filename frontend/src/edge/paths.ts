import type { Lane, ServiceName } from '../upstream/services.ts';

/** What the edge does with a request: proxy it to a service, refuse it, or leave it to the pages. */
export type Destination = { to: ServiceName } | 'nowhere' | 'pages';

/**
 * The service for a request target (the raw path and query from the request line).
 *
 * A path that a service could interpret differently goes nowhere: dot segments, encoded separators, doubled slashes and
 * backslashes have bypassed prefix checks in many proxies, and no real route needs them.
 */
export function destinationOf(target: string): Destination {
  const path = pathOf(target);
  if (path === '/.well-known/jwks.json') return { to: 'auth' };
  if (path === '/.well-known/log-keys.json') return { to: 'logging' };
  if (!isUnder(path, '/api')) {
    return mayResolveUnder(path, '/api') || mayResolveUnder(path, '/internal') ? 'nowhere' : 'pages';
  }
  if (!isPlain(path)) return 'nowhere';
  if (isUnder(path, '/api/auth')) return { to: 'auth' };
  if (isUnder(path, '/api/logs')) return { to: 'logging' };
  if (isUnder(path, '/api/mail')) return { to: 'mailer' };
  return { to: 'accounts' };
}

/** The lane of connections that a request uses. */
export function laneOf(target: string): Lane {
  const path = pathOf(target);
  if (/^\/api\/logs\/stream\/?$/i.test(path)) return 'streams';
  if (isLongLived(target) || readsWholeBank(target)) return 'documents';
  return /\/(?:statement|[^/]+\.(?:pdf|xml))\/?$/i.test(path) ? 'documents' : 'calls';
}

/** Responses without a fixed end or length: streams and exports. */
export function isLongLived(target: string): boolean {
  return /^\/api\/(?:logs\/(?:stream|export)|auth\/profile\/export)\/?$/i.test(pathOf(target));
}

/** Responses that start only after the whole ledger or log has been read. */
export function readsWholeBank(target: string): boolean {
  return /^\/api\/(?:ledger\/reconciliation|logs\/verify)\/?$/i.test(pathOf(target));
}

/** The target without its query. */
export function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query === -1 ? target : target.slice(0, query);
}

function isUnder(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}

function isPlain(path: string): boolean {
  const decoded = decodeFully(path);
  if (decoded === null) return false;
  if (/[\\#]/.test(decoded) || hasControlCharacter(decoded)) return false;
  const segments = path.slice(1).split('/');
  // A trailing slash is optional; any other empty segment is a doubled slash.
  if (segments.some((segment, index) => segment === '' && index !== segments.length - 1)) return false;
  return segments.every((segment) => {
    const plain = decodeFully(segment);
    return plain !== null && plain !== '.' && plain !== '..' && !plain.includes('/') && !plain.includes(';');
  });
}

/** Whether a server that decodes the path and resolves dots could read it as one under `prefix`. */
function mayResolveUnder(path: string, prefix: string): boolean {
  const decoded = decodeFully(path);
  if (decoded === null) return false;
  const resolved: string[] = [];
  for (const segment of decoded.replaceAll('\\', '/').split('/')) {
    if (segment === '..') resolved.pop();
    else if (segment !== '' && segment !== '.') resolved.push(segment);
  }
  return `/${resolved[0]?.toLowerCase() ?? ''}` === prefix;
}

/** Percent-decodes until nothing changes; null if the encoding is invalid or nested too deeply. */
function decodeFully(text: string): string | null {
  let current = text;
  for (let round = 0; round < 4; round += 1) {
    if (!current.includes('%')) return current;
    let decoded: string;
    try {
      decoded = decodeURIComponent(current);
    } catch {
      return null;
    }
    if (decoded === current) return current;
    current = decoded;
  }
  return null;
}

function hasControlCharacter(text: string): boolean {
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}
