import type { Log } from '@guichet/log';
import type { Middleware, ParameterizedContext } from 'koa';
import { clientAddress } from './client-address.ts';
import { type AccountsClient, accountsClient } from './clients/accounts.ts';
import { type AuthClient, authClient } from './clients/auth.ts';
import { type Call, type Sender, send } from './clients/call.ts';
import { type LoggingClient, loggingClient } from './clients/logging.ts';
import { chooseLocale, type Locale } from './i18n.ts';
import type { Views } from './rendering/views.ts';
import type { Notice, OpenSession, Session } from './session/cookie.ts';
import { isNearlyOver, renewTokens, SessionEnded } from './session/tokens.ts';
import type { ServiceName, Services } from './upstream/services.ts';

/** What every page finds in `ctx.state`. */
export interface Visit {
  requestId: string;
  log: Log;
  views: Views;
  locale: Locale;
  session: Session;
  /** Says that the cookie must be sent again. */
  sessionChanged: boolean;
  /** The notices that this page shows. */
  notices: Notice[];
  /** The fields of a form that was sent. */
  form: URLSearchParams;
  services: Services;
  sender: () => Sender;
  api: Api;
}

/** The services, asked in the name of this visitor. */
export interface Api {
  auth: AuthClient;
  accounts: AccountsClient;
  logging: LoggingClient;
}

export type PageContext = ParameterizedContext<Visit, { params: Record<string, string> }>;
export type PageMiddleware = Middleware<Visit, { params: Record<string, string> }>;

export const LANGUAGE_COOKIE = 'guichet-language';

interface VisitOptions {
  services: Services;
  views: Views;
  openSession: OpenSession;
  log: Log;
  forwardedHops: number;
}

/**
 * After this, `ctx.state` is a Visit: who comes, in which language, and the services to ask in their name. Tokens are
 * renewed on the way, and the cookie is written once, at the end, where anything in it changed.
 */
export function welcome(options: VisitOptions): PageMiddleware {
  return async (ctx, next) => {
    const visit = ctx.state;
    visit.log = options.log.child({ correlation_id: visit.requestId });
    visit.views = options.views;
    visit.services = options.services;
    visit.session = await options.openSession(ctx.req, ctx.res);
    visit.sessionChanged = false;
    visit.form = new URLSearchParams();
    visit.locale = chooseLocale({
      user: visit.session.user?.language,
      cookie: ctx.cookies.get(LANGUAGE_COOKIE),
      acceptLanguage: ctx.get('accept-language'),
    });
    visit.notices = visit.session.notices ?? [];
    visit.sender = () => ({
      accessToken: visit.session.tokens?.access ?? null,
      requestId: visit.requestId,
      ip: clientAddress(ctx.req, options.forwardedHops),
      userAgent: ctx.get('user-agent'),
      language: visit.locale,
    });
    visit.api = createApi(options.services, visit);
    await next();
    if (visit.sessionChanged) await visit.session.save();
  };
}

/** Renews tokens that are about to end, before the page asks anything with them. */
export const keepSignedIn: PageMiddleware = async (ctx, next) => {
  const { session, api } = ctx.state;
  if (isNearlyOver(session)) {
    try {
      await renewTokens(session, api.auth);
      ctx.state.sessionChanged = true;
    } catch (error) {
      if (error instanceof SessionEnded) throw error;
      // While auth is away, a token that still lives serves; the next page tries again.
      ctx.state.log.warn({ err: error }, 'tokens were not renewed');
    }
  }
  await next();
};

function createApi(services: Services, visit: Visit): Api {
  const callOf =
    (name: ServiceName): Call =>
    async (request) => {
      try {
        return await send(services[name], request, visit.sender());
      } catch (error) {
        if (!isRefusedToken(error) || visit.session.tokens === undefined) throw error;
        // Revoked, or the clocks differ: one new token decides which.
        visit.sessionChanged = true;
        await renewTokens(visit.session, api.auth);
        return send(services[name], request, visit.sender());
      }
    };
  const api: Api = {
    auth: authClient(callOf('auth')),
    accounts: accountsClient(callOf('accounts')),
    logging: loggingClient(callOf('logging')),
  };
  return api;
}

function isRefusedToken(error: unknown): boolean {
  const { status, code } = error as { status?: number; code?: string };
  return status === 401 && code === 'unauthenticated';
}
