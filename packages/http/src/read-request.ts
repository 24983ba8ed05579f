import { randomUUID } from 'node:crypto';
import { type ParsedUrlQuery, parse } from 'node:querystring';
import { IdempotencyKey, LANGUAGES, type Language, LENGTHS } from '@guichet/contract';
import { problems } from '@guichet/errors';
import type { Context } from 'koa';
import { invalidRequest } from './problem-reply.ts';
import { readJsonBody, readXmlBody } from './read-body.ts';
import { type Route, XmlFile } from './route.ts';

export function readParams(given: unknown, route: Route): unknown {
  if (route.params === undefined) return undefined;
  const parsed = route.params.safeParse(given);
  if (!parsed.success) throw problems.not_found();
  return parsed.data;
}

export function readQuery(ctx: Context, route: Route): unknown {
  const given = parseQuery(ctx.querystring);
  if (route.query === undefined) {
    const [unknown] = Object.keys(given);
    if (unknown === undefined) return undefined;
    throw problems.invalid_request(undefined, {
      errors: [{ path: unknown.slice(0, 100).toWellFormed(), message: 'unknown query parameter' }],
    });
  }
  const parsed = route.query.safeParse(given);
  if (!parsed.success) throw invalidRequest(parsed.error, 'query');
  return parsed.data;
}

// Node's own parser drops parameters beyond a thousand, and replaces bytes that are not UTF-8.
function parseQuery(text: string): ParsedUrlQuery {
  if (text === '') return {};
  try {
    decodeURIComponent(text);
  } catch {
    throw problems.invalid_request(undefined, {
      errors: [{ path: 'query', message: 'must be percent-encoded UTF-8' }],
    });
  }
  return { ...parse(text, '&', '=', { maxKeys: 0 }) };
}

export function readIdempotencyKey(ctx: Context, route: Route): string | null {
  const given = ctx.headers['idempotency-key'];
  if (!route.idempotent || given === undefined) return null;
  const parsed = IdempotencyKey.safeParse(given);
  if (parsed.success) return parsed.data;
  throw problems.invalid_request(undefined, {
    errors: parsed.error.issues.map(({ message }) => ({ path: 'Idempotency-Key', message })),
  });
}

/** @throws Problem invalid_request if a declared header does not fit its schema */
export function checkHeaders(ctx: Context, route: Route): void {
  const parsed = route.headers?.safeParse(ctx.headers);
  if (parsed?.success === false) throw invalidRequest(parsed.error, 'headers');
}

export async function readBody(ctx: Context, route: Route): Promise<unknown> {
  if (route.body === XmlFile) return readXmlBody(ctx.req, route.bodyLimit);
  const given = await readJsonBody(ctx.req, route.bodyLimit);
  if (route.body === undefined) {
    const empty =
      given === undefined || (typeof given === 'object' && given !== null && Object.keys(given).length === 0);
    if (!empty) throw problems.invalid_request('This route doesn’t accept a body');
    return undefined;
  }
  const parsed = route.body.safeParse(given === undefined ? {} : given);
  if (!parsed.success) throw invalidRequest(parsed.error, 'body');
  return parsed.data;
}

// Only the bank's own processes can connect (mutual TLS), so the address that the edge reports is trusted.
export function clientAddress(ctx: Context): string {
  const forwarded = ctx.get('X-Forwarded-For').split(',')[0]?.trim();
  return (forwarded || ctx.req.socket.remoteAddress || '').slice(0, LENGTHS.networkAddress);
}

export function userAgent(ctx: Context): string | null {
  return ctx.get('User-Agent').slice(0, LENGTHS.userAgent) || null;
}

/** The language the client prefers among the bank's (RFC 9110 §12.5.4); the first of them if it accepts none. */
export function preferredLanguage(ctx: Pick<Context, 'acceptsLanguages'>): Language {
  return (ctx.acceptsLanguages(...LANGUAGES) || LANGUAGES[0]) as Language;
}

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** The X-Request-Id that the request has, or a new one if it has none or an invalid one. */
export function requestIdOf(ctx: Pick<Context, 'get'>): string {
  const given = ctx.get('X-Request-Id');
  return REQUEST_ID.test(given) ? given : randomUUID();
}
