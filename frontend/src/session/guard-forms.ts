import { problems } from '@guichet/errors';
import getRawBody from 'raw-body';
import type { PageContext, PageMiddleware } from '../visit.ts';
import { isFromElsewhere, isOwnForm } from './csrf.ts';

/** A bulk decision of a thousand operations fits four times. */
const FORM_LIMIT_BYTES = 256 * 1024;
/** More than any field may hold; what a field means is bounded by the service that it goes to. */
const FIELD_LENGTH_MAX = 4_096;

/**
 * After this, `ctx.state.form` holds the fields of a form that this very session was shown; any other POST is refused.
 */
export const guardForms: PageMiddleware = async (ctx, next) => {
  if (ctx.method === 'GET' || ctx.method === 'HEAD') return next();
  if (ctx.method !== 'POST')
    throw problems.method_not_allowed(undefined, { headers: { Allow: 'GET, HEAD, POST' } });
  if (isFromElsewhere({ 'sec-fetch-site': ctx.get('sec-fetch-site') || undefined }))
    throw staleForm('another site');
  ctx.state.form = await readForm(ctx);
  if (!isOwnForm(ctx.state.session, ctx.state.form.get('_csrf'))) throw staleForm('the token does not match');
  await next();
};

async function readForm(ctx: PageContext): Promise<URLSearchParams> {
  if (!ctx.is('application/x-www-form-urlencoded')) {
    throw problems.unsupported_media_type('A form is expected');
  }
  const form = new URLSearchParams(await readText(ctx));
  if ([...form.values()].some((value) => value.length > FIELD_LENGTH_MAX))
    throw problems.invalid_request(`A field has at most ${FIELD_LENGTH_MAX} characters`);
  return form;
}

async function readText(ctx: PageContext): Promise<string> {
  try {
    return await getRawBody(ctx.req, { limit: FORM_LIMIT_BYTES, encoding: 'utf8' });
  } catch (error) {
    if ((error as { type?: string }).type === 'entity.too.large') throw problems.payload_too_large();
    throw problems.invalid_request('The form did not arrive whole', { cause: error });
  }
}

function staleForm(why: string) {
  return problems.forbidden('stale_form', { internal: `a form was refused: ${why}` });
}
