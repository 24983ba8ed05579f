import type { ProcessState } from '@guichet/contract';
import { isClientAbort } from '@guichet/http';
import type { Log } from '@guichet/log';
import Koa from 'koa';
import { compressPages } from './compress-pages.ts';
import { proxyApi } from './edge/proxy.ts';
import { publicReadiness } from './edge/readiness.ts';
import { createBodyReceiver } from './edge/receive-body.ts';
import { originForm } from './edge/request-target.ts';
import { dropStalledClients } from './edge/stalled-clients.ts';
import { measureRequests } from './measure-requests.ts';
import { accountPages } from './pages/accounts/account-routes.ts';
import { accountClosingPages } from './pages/accounts/close-routes.ts';
import { accountDocumentPages } from './pages/accounts/document-routes.ts';
import { accountListPages } from './pages/accounts/list-routes.ts';
import { beneficiaryPages } from './pages/beneficiaries/routes.ts';
import { cashPages } from './pages/cash/routes.ts';
import { checkPages } from './pages/checks/routes.ts';
import { dashboardPages } from './pages/dashboard/routes.ts';
import { developerPages } from './pages/developers/routes.ts';
import { openDraft } from './pages/drafts.ts';
import { frontPages } from './pages/front/routes.ts';
import { handleErrors } from './pages/handle-errors.ts';
import { idlePages } from './pages/idle/routes.ts';
import { countWaiting } from './pages/inbox/count-waiting.ts';
import { inboxDecisionPages } from './pages/inbox/decision-routes.ts';
import { registrationDecisionPages } from './pages/inbox/registration-routes.ts';
import { inboxPages } from './pages/inbox/routes.ts';
import { incomingPages } from './pages/incoming/routes.ts';
import { interestRunPages } from './pages/interest-runs/routes.ts';
import { searchPages } from './pages/lists/routes.ts';
import { livePages } from './pages/live/routes.ts';
import { logPages } from './pages/logs/routes.ts';
import { countDeadLetters } from './pages/mail/count-dead-letters.ts';
import { mailPages } from './pages/mail/routes.ts';
import { countNews } from './pages/notifications/count-news.ts';
import { notificationPages } from './pages/notifications/routes.ts';
import { operationPages } from './pages/operations/routes.ts';
import { paymentPages } from './pages/payments/routes.ts';
import { notePages } from './pages/people/note-routes.ts';
import { peoplePages } from './pages/people/routes.ts';
import { productPages } from './pages/products/routes.ts';
import { profilePages } from './pages/profile/routes.ts';
import { passkeyPages } from './pages/security/passkey-routes.ts';
import { securityPages } from './pages/security/routes.ts';
import { SHOWN_SECONDS, shownSecrets } from './pages/security/shown-secrets.ts';
import { tokenPages } from './pages/security/token-routes.ts';
import { totpPages } from './pages/security/totp-routes.ts';
import { PART_WITHIN_MS } from './pages/settle.ts';
import { setupPages } from './pages/setup/routes.ts';
import { LINK_SECONDS, linkPages } from './pages/sign-in/link-routes.ts';
import { passkeySignInPages } from './pages/sign-in/passkey-routes.ts';
import { registrationPages } from './pages/sign-in/register-routes.ts';
import { signInPages } from './pages/sign-in/routes.ts';
import { SECOND_STEP_SECONDS, secondStepPages } from './pages/sign-in/second-step-routes.ts';
import { standingOrderPages } from './pages/standing-orders/routes.ts';
import { styleguidePages } from './pages/styleguide/routes.ts';
import { themePages } from './pages/theme/routes.ts';
import { transferPages } from './pages/transfers/routes.ts';
import { oneClickUnsubscribe } from './pages/unsubscribe/one-click.ts';
import { webhookPages } from './pages/webhooks/routes.ts';
import type { Assets } from './rendering/assets.ts';
import type { Views } from './rendering/views.ts';
import { type PageMiddleware, renewExpiringTokens, requestContext } from './request-context.ts';
import { requestId } from './request-id.ts';
import { securityHeaders } from './security-headers.ts';
import { activityOpener } from './session/activity.ts';
import { type CookieSettings, isHttps, sessionOpener } from './session/cookie.ts';
import { deviceTokensOpener } from './session/devices.ts';
import { draftsOpener } from './session/drafts.ts';
import { guardForms } from './session/guard-forms.ts';
import { signOutIdle } from './session/idle.ts';
import { keptSecrets } from './session/kept-secrets.ts';
import { readMarksOpener } from './session/read-marks.ts';
import { searchesOf } from './session/searches.ts';
import type { Services } from './upstream/services.ts';

interface AppOptions {
  settings: CookieSettings & {
    FORWARDED_HOPS: number;
    IDLE_SIGN_OUT_MINUTES: number;
    STYLEGUIDE: 'on' | 'off';
  };
  services: Services;
  views: Views;
  assets: Assets;
  log: Log;
  /** The state of this process's own set-up. */
  describeSelf: () => Promise<ProcessState>;
  /** How long a page waits for a part that it can do without; tests on a loaded machine wait longer. */
  partWithinMs?: number;
  /** Aborted when the process stops. */
  stopping?: AbortSignal;
  /** The time in milliseconds, for how long a user has been idle. */
  now?: () => number;
}

/** The whole frontend: first the edge, then the assets, then the pages. */
export function createApp({
  settings,
  services,
  views,
  assets,
  log,
  describeSelf,
  partWithinMs = PART_WITHIN_MS,
  stopping = new AbortController().signal,
  now = Date.now,
}: AppOptions): Koa {
  const https = isHttps(settings.PUBLIC_URL);
  const forwardedHops = settings.FORWARDED_HOPS;
  const app = new Koa();
  app.on('error', (error) => {
    log[isClientAbort(error) ? 'debug' : 'error']({ err: error }, 'response could not be sent');
  });

  const receiveBody = createBodyReceiver();
  app.use(originForm);
  app.use(dropStalledClients());
  app.use(requestId);
  app.use(measureRequests(log));
  app.use(proxyApi({ services, receiveBody, log, forwardedHops }));
  app.use(publicReadiness(services, () => stopping.aborted));
  app.use(assets.serve);

  app.use(securityHeaders({ https }));
  const shown = shownSecrets(keptSecrets(settings, { purpose: 'shown', ttlSeconds: SHOWN_SECONDS }));
  const tickets = keptSecrets(settings, { purpose: 'sign-in', ttlSeconds: SECOND_STEP_SECONDS });
  const pages = app as unknown as { use(middleware: PageMiddleware): void };
  pages.use(
    requestContext({
      services,
      views,
      openSession: sessionOpener(settings),
      openActivity: activityOpener(settings, now),
      openDrafts: draftsOpener(settings),
      openReadMarks: readMarksOpener(settings),
      openDeviceTokens: deviceTokensOpener(settings),
      searches: searchesOf(settings),
      log,
      forwardedHops,
      partWithinMs,
    }),
  );
  pages.use(compressPages);
  pages.use(handleErrors);
  pages.use(oneClickUnsubscribe(receiveBody));
  pages.use(guardForms(receiveBody, settings.PUBLIC_URL));
  pages.use(signOutIdle(settings.IDLE_SIGN_OUT_MINUTES * 60_000));
  pages.use(renewExpiringTokens);
  pages.use(openDraft);
  pages.use(countWaiting);
  pages.use(countDeadLetters);
  pages.use(countNews);
  for (const router of [
    frontPages({ https }),
    themePages({ https }),
    signInPages(tickets),
    passkeySignInPages(),
    secondStepPages(tickets),
    idlePages(),
    registrationPages(),
    linkPages(keptSecrets(settings, { purpose: 'link', ttlSeconds: LINK_SECONDS })),
    dashboardPages(),
    accountListPages(),
    accountDocumentPages(),
    accountPages(),
    accountClosingPages(),
    transferPages(),
    cashPages(),
    operationPages(),
    standingOrderPages(),
    paymentPages(),
    incomingPages(),
    beneficiaryPages(),
    inboxPages(),
    inboxDecisionPages(),
    registrationDecisionPages(),
    peoplePages(),
    notePages(),
    searchPages(),
    setupPages(describeSelf),
    livePages({ stopping }),
    notificationPages(),
    mailPages(),
    logPages(),
    checkPages(),
    productPages(),
    interestRunPages(),
    profilePages(),
    securityPages(shown),
    tokenPages(shown),
    webhookPages(shown),
    passkeyPages(shown),
    totpPages(shown),
    developerPages(),
    ...(settings.STYLEGUIDE === 'on' ? [styleguidePages()] : []),
  ]) {
    pages.use(router.routes() as unknown as PageMiddleware);
  }
  return app;
}
