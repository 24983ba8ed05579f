import { pipeline } from 'node:stream/promises';
import { open, problemOf, type ServiceRequest } from '../clients/call.ts';
import type { PageContext, PageMiddleware } from '../request-context.ts';
import { isFromAnotherSite } from '../session/csrf.ts';
import { idleSignals } from '../session/idle.ts';
import { renewTokens } from '../session/tokens.ts';
import type { ServiceName } from '../upstream/services.ts';
import { redirectTo } from './page.ts';

/** A document that the bank's page writes from that of the service. */
interface Rewriting {
  type: string;
  /** For a download. */
  fileName?: string;
  rewrite(body: AsyncIterable<Uint8Array>): AsyncIterable<string>;
}

const PROXIED_HEADERS = ['content-type', 'content-disposition', 'content-length'] as const;

/**
 * After this, the download was asked for here or by the user: another site could have it saved on the user's device, and take their turn. Its links
 * lead to `page`, where the download begins by a click.
 */
export function askedForHere(page: string): PageMiddleware {
  return (ctx, next) => {
    if (isFromAnotherSite(ctx.get('sec-fetch-site') || undefined)) return redirectTo(ctx, page);
    return next();
  };
}

/**
 * Streams a service's document (PDF, CSV, events) to the browser, requested as the current user.
 * @throws Problem if the service refuses
 */
export async function proxyDocument(
  ctx: PageContext,
  service: ServiceName,
  request: ServiceRequest,
  options: { unlimited?: boolean; lastEventId?: string; fileName?: string; rewriting?: Rewriting } = {},
): Promise<void> {
  const clientAborted = new AbortController();
  ctx.res.once('close', () => clientAborted.abort());
  const send = () =>
    open(ctx.state.services[service], { lane: 'documents', ...request }, ctx.state.caller(), {
      signal: AbortSignal.any([
        clientAborted.signal,
        ...(options.unlimited === true ? idleSignals(ctx) : []),
      ]),
      accept: '*/*',
      ...(options.unlimited === true ? { bodyTimeout: 0 } : {}),
      ...(options.lastEventId === undefined ? {} : { lastEventId: options.lastEventId }),
    });
  let answer = await send();
  if (answer.statusCode === 401) {
    await answer.body.dump();
    await renewTokens(ctx.state.session, ctx.state.api.auth);
    ctx.state.sessionChanged = true;
    answer = await send();
  }
  if (answer.statusCode >= 400) throw await problemOf(answer);
  // The cookie must be set before the body starts.
  if (ctx.state.sessionChanged) await ctx.state.saveSession();
  ctx.state.sessionChanged = false;
  ctx.respond = false;
  const { rewriting } = options;
  if (rewriting === undefined) {
    for (const name of PROXIED_HEADERS) {
      const value = answer.headers[name];
      if (value !== undefined) ctx.res.setHeader(name, value);
    }
    if (options.fileName !== undefined) nameDownload(ctx, options.fileName);
  } else {
    if (rewriting.fileName !== undefined) nameDownload(ctx, rewriting.fileName);
    ctx.res.setHeader('Content-Type', rewriting.type);
  }
  ctx.res.statusCode = answer.statusCode;
  ctx.res.flushHeaders();
  // If the user closes the page or the service dies midway, all that is left is to end the response.
  const written =
    rewriting === undefined
      ? pipeline(answer.body, ctx.res)
      : pipeline(answer.body, rewriting.rewrite.bind(rewriting), ctx.res);
  await written.catch(() => ctx.res.destroy());
}

/** Names a download. Browsers read accents in this header in different ways, so the name is also given in ASCII. */
export function nameDownload(ctx: PageContext, fileName: string): void {
  ctx.attachment(fileName, { fallback: fileName.normalize('NFD').replace(/[^\x20-\x7e]/g, '') });
}
