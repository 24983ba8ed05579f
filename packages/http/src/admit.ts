import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { scopesOf } from '@guichet/contract';
import { type Problem, problems } from '@guichet/errors';
import type { Caller, Verifier } from '@guichet/tokens';
import type { Context } from 'koa';
import type { Access } from './access.ts';
import type { Route } from './route.ts';

const BEARER = /^Bearer +/i;
const TOKEN_LENGTH_MAX = 4_096;

/** How a service identifies its callers. */
export interface Admission {
  verify: Verifier;
  /** Called for each valid token that was refused by role or scope. */
  onDenied?: (
    caller: Caller,
    request: { method: string; route: string; correlationId: string },
  ) => Promise<void>;
  /** The name of the process at the other end of the connection: that of its certificate, except in tests. */
  peerName?: (request: IncomingMessage) => string | null;
}

/**
 * Admits a request if it meets its route's access rule.
 * @returns the caller; null on open and peer routes
 * @throws Problem unauthenticated, forbidden, insufficient_scope, and not_found for a peer route
 */
export async function admit(ctx: Context, route: Route, admission: Admission): Promise<Caller | null> {
  const { access } = route;
  if (access.kind === 'open') return null;
  if (access.kind === 'peer') {
    const name = (admission.peerName ?? certificateName)(ctx.req);
    if (name === null || (access.services.length > 0 && !access.services.includes(name)))
      throw problems.not_found();
    return null;
  }
  const caller = await admission.verify(bearerToken(ctx));
  const refusal = refusalFor(caller, access);
  if (refusal !== null) {
    await admission.onDenied?.(caller, {
      method: ctx.method,
      route: route.path,
      correlationId: ctx.state.correlationId,
    });
    throw refusal;
  }
  return caller;
}

function refusalFor(caller: Caller, access: Extract<Access, { kind: 'token' }>): Problem | null {
  if (access.roles.length > 0 && !access.roles.includes(caller.role)) return problems.forbidden();
  if (access.anyOf.length > 0) {
    // `forbidden` for a role that can never have the scope, `insufficient_scope` for a token that lacks it.
    if (!access.anyOf.some((scope) => scopesOf(caller.role).includes(scope))) return problems.forbidden();
    if (!access.anyOf.some((scope) => caller.scopes.includes(scope))) return problems.insufficient_scope();
  }
  if (access.sessionOnly && caller.kind !== 'session') {
    return problems.insufficient_scope('Personal API tokens can’t do this; sign in instead');
  }
  return null;
}

/** The token as the client sent it; only the verifier knows whether it has the form of one. */
function bearerToken(ctx: Context): string {
  const given = ctx.get('Authorization');
  const scheme = BEARER.exec(given)?.[0] ?? given;
  const token = given.slice(scheme.length);
  if (token === '' || token.length > TOKEN_LENGTH_MAX) {
    throw problems.unauthenticated(undefined, { headers: { 'WWW-Authenticate': 'Bearer' } });
  }
  return token;
}

function certificateName(request: IncomingMessage): string | null {
  const socket = request.socket as Partial<TLSSocket>;
  if (socket.authorized !== true) return null;
  const name = socket.getPeerCertificate?.().subject?.CN;
  return typeof name === 'string' ? name : null;
}
