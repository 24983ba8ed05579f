import { BODY_BYTES_MAX, PAYMENT_FILE_BYTES_MAX } from '@guichet/contract';
import { problems } from '@guichet/errors';
import type { ReceiveBody } from '../edge/receive-body.ts';
import type { PageMiddleware } from '../request-context.ts';
import { isFromThisOrigin, matchesCsrfToken, userOfEndedForm } from './csrf.ts';
import { readUpload } from './read-upload.ts';
import { FormOutlivedSession } from './tokens.ts';

/** Enough for a thousand ids. */
const BULK_FORM_BYTES_MAX = 64 * 1024;

/** A form with a file of payments, and what surrounds it. */
const UPLOAD_PATH = '/payments/incoming';
const UPLOAD_BYTES_MAX = PAYMENT_FILE_BYTES_MAX + BODY_BYTES_MAX;

/** Enough for 2,000 characters of any language, each up to four bytes, written as %E2%82%AC. */
const NOTE_FORM_BYTES_MAX = 32 * 1024;

function formBytesMax(path: string): number {
  if (path === '/inbox/decisions') return BULK_FORM_BYTES_MAX;
  return /^\/customers\/[^/]+\/notes$/.test(path) ? NOTE_FORM_BYTES_MAX : BODY_BYTES_MAX;
}

/** More than any field needs; the services check the exact lengths. */
const FIELD_LENGTH_MAX = 4_096;

/**
 * After this, `ctx.state.form` holds the fields of a form that was rendered for this session; any other POST is refused.
 */
export function guardForms(receiveBody: ReceiveBody, publicUrl: string): PageMiddleware {
  return async (ctx, next) => {
    if (ctx.method === 'GET' || ctx.method === 'HEAD') return next();
    if (ctx.method !== 'POST')
      throw problems.method_not_allowed(undefined, { headers: { Allow: 'GET, HEAD, POST' } });
    // Only an agent may send a file: before that is known, nothing large is received.
    const isUpload = ctx.path === UPLOAD_PATH && ctx.state.session.user?.role === 'agent';
    if (!ctx.is(isUpload ? 'multipart/form-data' : 'application/x-www-form-urlencoded')) {
      throw problems.unsupported_media_type('The body must be a form');
    }
    const limit = isUpload ? UPLOAD_BYTES_MAX : formBytesMax(ctx.path);
    const body = await receiveBody(ctx.req, ctx.state.caller().ip, limit);
    if (!isFromThisOrigin(ctx.req.headers as Record<string, string | undefined>, publicUrl))
      throw staleForm('another origin');
    const upload = isUpload ? await readUpload(body, ctx.get('Content-Type')) : null;
    ctx.state.form = upload?.fields ?? new URLSearchParams(body.toString('utf8'));
    ctx.state.upload = upload?.file ?? null;
    if ([...ctx.state.form.values()].some((value) => value.length > FIELD_LENGTH_MAX))
      throw problems.invalid_request(`A field can have at most ${FIELD_LENGTH_MAX} characters`);
    const token = ctx.state.form.get('_csrf');
    if (!matchesCsrfToken(ctx.state.session, token)) {
      const user = userOfEndedForm(ctx.state.session, token);
      throw user === null ? staleForm('the token does not match') : new FormOutlivedSession(user);
    }
    await next();
  };
}

export function staleForm(why: string) {
  return problems.forbidden('stale_form', { internal: `form rejected: ${why}` });
}
