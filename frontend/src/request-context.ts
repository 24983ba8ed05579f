import { Problem } from '@guichet/errors';
import type { Log } from '@guichet/log';
import type { Middleware, ParameterizedContext } from 'koa';
import { clientAddress } from './client-address.ts';
import { type AccountsClient, accountsClient } from './clients/accounts.ts';
import { type AuthClient, authClient } from './clients/auth.ts';
import { type Call, type Caller, send } from './clients/call.ts';
import { type LoggingClient, loggingClient } from './clients/logging.ts';
import { type MailerClient, mailerClient } from './clients/mailer.ts';
import { chooseLocale, type Locale } from './i18n.ts';
import type { Views } from './rendering/views.ts';
import type { Activity, OpenActivity } from './session/activity.ts';
import type { Notice, OpenSession, Session } from './session/cookie.ts';
import type { DeviceTokens, OpenDeviceTokens } from './session/devices.ts';
import type { Draft, Drafts, OpenDrafts } from './session/drafts.ts';
import type { OpenReadMarks, ReadMarks } from './session/read-marks.ts';
import type { Searches } from './session/searches.ts';
import { expiresSoon, renewTokens, SessionEnded } from './session/tokens.ts';
import type { ServiceName, Services } from './upstream/services.ts';

/** What every page has in `ctx.state`. */
export interface RequestContext {
  requestId: string;
  log: Log;
  views: Views;
  locale: Locale;
  session: Session;
  /** Whether the session cookie must be sent again. */
  sessionChanged: boolean;
  /** Sends the session cookie. */
  saveSession: () => Promise<void>;
  activity: Activity;
  /** When the user will be signed out if they do nothing; null if they won't be. */
  idleInMs: number | null;
  /** The notices to show on this page. */
  notices: Notice[];
  /** The parts of the page that could not be loaded. */
  missing: Set<Part>;
  /** How long a page waits for a part that it can do without. */
  partWithinMs: number;
  /** How many requests and registrations an agent can decide; null where it is unknown. */
  waiting: number | null;
  /** What is new for the user, for the bell; null where it is unknown, or where scripts count it. */
  unread: { count: number; sequence: number } | null;
  readMarks: ReadMarks;
  devices: DeviceTokens;
  /** The service that did not answer last, for the error page. */
  unavailableService: ServiceName | null;
  /** The fields of the submitted form. */
  form: URLSearchParams;
  /** The file that was sent with it; null if there is none. */
  upload: Buffer | null;
  drafts: Drafts;
  /** The draft that the address names, if it belongs to this user. */
  draft: (Draft & { id: string }) | null;
  searches: Searches;
  /** The searches that this page has sealed, by what they contain. */
  sealed: Map<string, string>;
  /** Whether the page shows a form that was refused. */
  showsRefusal: boolean;
  services: Services;
  caller: () => Caller;
  api: Api;
}

/** The parts that a page can be shown without. Each has a name in the catalogs, under `missing.parts`. */
export type Part =
  | 'accounts'
  | 'counts'
  | 'customer'
  | 'facts'
  | 'history'
  | 'ledger_check'
  | 'log'
  | 'news'
  | 'notes'
  | 'payees'
  | 'postings'
  | 'reference'
  | 'registrations'
  | 'requests'
  | 'state'
  | 'tokens';

/** Clients of the services that act as the current user. */
interface Api {
  auth: AuthClient;
  accounts: AccountsClient;
  logging: LoggingClient;
  mailer: MailerClient;
}

export type PageContext = ParameterizedContext<RequestContext, { params: Record<string, string> }>;
export type PageMiddleware = Middleware<RequestContext, { params: Record<string, string> }>;

export const LANGUAGE_COOKIE = 'guichet-language';

interface RequestContextOptions {
  services: Services;
  views: Views;
  openSession: OpenSession;
  openActivity: OpenActivity;
  openDrafts: OpenDrafts;
  openReadMarks: OpenReadMarks;
  openDeviceTokens: OpenDeviceTokens;
  searches: Searches;
  log: Log;
  forwardedHops: number;
  partWithinMs: number;
}

/**
 * After this, `ctx.state` holds the session, the language and the clients of the services. The session cookie is written
 * once, at the end, if anything in it has changed.
 */
export function requestContext(options: RequestContextOptions): PageMiddleware {
  return async (ctx, next) => {
    const state = ctx.state;
    state.log = options.log.child({ correlation_id: state.requestId });
    state.views = options.views;
    state.services = options.services;
    const { session, save } = await options.openSession(ctx);
    state.session = session;
    state.saveSession = save;
    state.sessionChanged = false;
    state.activity = options.openActivity(ctx);
    state.idleInMs = null;
    state.missing = new Set();
    state.partWithinMs = options.partWithinMs;
    state.waiting = null;
    state.unread = null;
    state.readMarks = options.openReadMarks(ctx);
    state.devices = options.openDeviceTokens(ctx);
    state.unavailableService = null;
    state.form = new URLSearchParams();
    state.drafts = options.openDrafts(ctx);
    state.draft = null;
    state.searches = options.searches;
    state.sealed = new Map();
    state.showsRefusal = false;
    state.locale = chooseLocale({
      user: state.session.user?.language,
      cookie: ctx.cookies.get(LANGUAGE_COOKIE),
      request: ctx,
    });
    state.notices = state.session.notices ?? [];
    state.caller = () => ({
      accessToken: state.session.tokens?.access ?? null,
      requestId: state.requestId,
      ip: clientAddress(ctx.req, options.forwardedHops),
      userAgent: ctx.get('user-agent'),
      language: state.locale,
      isPassive: isPassive(ctx),
    });
    state.api = createApi(options.services, state, isPassive(ctx));
    await next();
    if (state.sessionChanged) await state.saveSession();
  };
}

/**
 * Whether a script sent the request by itself. Such a request must not keep a session alive, so it renews no token, and it ends no session
 * either.
 */
export function isPassive(ctx: PageContext): boolean {
  return ctx.get('x-guichet-passive') === 'yes' || (ctx.path === '/live' && ctx.query.active !== 'yes');
}

/** After this, the access token is valid for at least another minute, unless the request is passive. */
export const renewExpiringTokens: PageMiddleware = async (ctx, next) => {
  const { session, api } = ctx.state;
  if (expiresSoon(session) && !isPassive(ctx)) {
    try {
      await renewTokens(session, api.auth);
      ctx.state.sessionChanged = true;
    } catch (error) {
      if (error instanceof SessionEnded) throw error;
      // While auth is down, the current token still works; the next page tries again.
      ctx.state.log.warn({ err: error }, 'tokens could not be renewed');
    }
  }
  await next();
};

function createApi(services: Services, state: RequestContext, passive: boolean): Api {
  const callOf =
    (name: ServiceName): Call =>
    async (request) => {
      try {
        return await send(services[name], request, state.caller());
      } catch (error) {
        if (error instanceof Problem && error.status >= 500) state.unavailableService = name;
        if (!isRejectedToken(error) || state.session.tokens === undefined || passive) throw error;
        // The token was revoked, or the clocks differ: a new token shows which.
        state.sessionChanged = true;
        await renewTokens(state.session, api.auth);
        return send(services[name], request, state.caller());
      }
    };
  const api: Api = {
    auth: authClient(callOf('auth')),
    accounts: accountsClient(callOf('accounts')),
    logging: loggingClient(callOf('logging')),
    mailer: mailerClient(callOf('mailer')),
  };
  return api;
}

function isRejectedToken(error: unknown): boolean {
  const { status, code } = error as { status?: number; code?: string };
  return status === 401 && code === 'unauthenticated';
}
