import type { Lane, ServiceName } from '../upstream/services.ts';

/** What the edge does with a request: hand it to a service, refuse it, or leave it to the pages. */
export type Destination = { to: ServiceName } | 'nowhere' | 'pages';

/**
 * Which service answers a request target (the raw path with its query, as it came over the wire).
 *
 * A target whose path a service could read differently than we do goes nowhere: dot segments, encoded separators,
 * doubled slashes and backslashes have been ways round a prefix check in many proxies, and no honest route needs them.
 */
export function destinationOf(target: string): Destination {
  const path = pathOf(target);
  if (path === '/.well-known/jwks.json') return { to: 'auth' };
  if (!isUnder(path, '/api')) {
    return mayResolveUnder(path, '/api') || mayResolveUnder(path, '/internal') ? 'nowhere' : 'pages';
  }
  if (!isPlain(path)) return 'nowhere';
  if (isUnder(path, '/api/auth')) return { to: 'auth' };
  if (isUnder(path, '/api/logs')) return { to: 'logging' };
  return { to: 'accounts' };
}

/** Which of a service's connections a request takes. */
export function laneOf(target: string): Lane {
  const path = pathOf(target);
  if (/^\/api\/logs\/stream\/?$/i.test(path)) return 'streams';
  if (isLongLived(target) || readsWholeBank(target)) return 'documents';
  return /\/(?:statement|[^/]+\.(?:pdf|xml))\/?$/i.test(path) ? 'documents' : 'calls';
}

/** Answers that flow for as long as there is something to send. */
export function isLongLived(target: string): boolean {
  return /^\/api\/logs\/(?:stream|export)\/?$/i.test(pathOf(target));
}

/** Answers that come after the whole ledger or the whole log was read. */
export function readsWholeBank(target: string): boolean {
  return /^\/api\/(?:ledger\/reconciliation|logs\/verify)\/?$/i.test(pathOf(target));
}

/** A target without its query. */
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
  // A trailing slash is optional everywhere; any other empty segment is a doubled slash.
  if (segments.some((segment, index) => segment === '' && index !== segments.length - 1)) return false;
  return segments.every((segment) => {
    const plain = decodeFully(segment);
    return plain !== null && plain !== '.' && plain !== '..' && !plain.includes('/') && !plain.includes(';');
  });
}

/** Whether something down the line, decoding and resolving dots, would take the path for one under `prefix`. */
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

/** Percent-decodes until nothing changes; null where it is no valid encoding, or is encoded over and over. */
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
