import { BODY_BYTES_MAX } from '@guichet/contract';
import { problems } from '@guichet/errors';
import { withQuery } from '../../clients/call.ts';
import type { ReceiveBody } from '../../edge/receive-body.ts';
import type { PageMiddleware } from '../../request-context.ts';
import { redirectTo } from '../page.ts';

/** The one field that RFC 8058 allows, in either form. */
const ASKS = /^List-Unsubscribe=One-Click\s*$|name="?List-Unsubscribe"?\r?\n\r?\nOne-Click\r?\n/;
const PATH = '/unsubscribe/one-click';

/**
 * Where mail programs refuse a kind of mail for their user (RFC 8058). They send no cookie and no form of ours, so the token in the address is
 * the only proof. It can do nothing else. A client that only opens the address, such as a scanner, gets a page with a button.
 */
export function oneClickUnsubscribe(receiveBody: ReceiveBody): PageMiddleware {
  return async (ctx, next) => {
    if (ctx.path !== PATH) return next();
    const token = typeof ctx.query.token === 'string' ? ctx.query.token : '';
    if (ctx.method === 'GET' || ctx.method === 'HEAD')
      return redirectTo(ctx, withQuery('/unsubscribe', { token }));
    if (ctx.method !== 'POST')
      throw problems.method_not_allowed(undefined, { headers: { Allow: 'GET, HEAD, POST' } });
    if (!ctx.is('application/x-www-form-urlencoded', 'multipart/form-data'))
      throw problems.unsupported_media_type('The body must be a form');
    const body = (await receiveBody(ctx.req, ctx.state.caller().ip, BODY_BYTES_MAX)).toString('utf8');
    if (!ASKS.test(body)) throw problems.invalid_request('The body must be List-Unsubscribe=One-Click');
    await ctx.state.api.auth.unsubscribe(token);
    ctx.status = 200;
    ctx.type = 'text/plain; charset=utf-8';
    ctx.body = 'Unsubscribed\n';
  };
}
