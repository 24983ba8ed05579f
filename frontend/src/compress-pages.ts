import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { PageMiddleware } from './request-context.ts';
import type { Session } from './session/cookie.ts';

/** Half the time of the next better quality, for a twentieth more bytes. */
const BROTLI_QUALITY = 3;
const GZIP_LEVEL = 4;
/** Below this, compressing costs more than it saves. */
const COMPRESSED_BYTES_MIN = 1_024;

// A page takes a tenth of a millisecond, less than handing it to another thread and back.
const compress = {
  br: (html: string) =>
    brotliCompressSync(html, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
  gzip: (html: string) => gzipSync(html, { level: GZIP_LEVEL }),
};

/**
 * After this, HTML is compressed unless another site may have caused the request: a site that chooses part of a page and sees the compressed
 * length of many of them can guess the rest (BREACH). Each page contains the CSRF token under another mask as well.
 */
export const compressPages: PageMiddleware = async (ctx, next) => {
  await next();
  const html = ctx.body;
  if (typeof html !== 'string' || ctx.response.is('html') === false) return;
  ctx.vary('Accept-Encoding');
  if (html.length < COMPRESSED_BYTES_MIN) return;
  if (!isCausedHere(ctx.get('sec-fetch-site'), ctx.state.session)) return;
  const encoding = (['br', 'gzip'] as const).find((name) => ctx.acceptsEncodings(name) === name);
  if (encoding === undefined) return;
  const { type } = ctx;
  ctx.body = compress[encoding](html);
  ctx.type = type;
  ctx.set('Content-Encoding', encoding);
};

/** Whether the request came from our own page or from the user. Without the header it may have come from anywhere. */
function isCausedHere(site: string, session: Session): boolean {
  // A page for visitors has nothing to guess.
  return session.tokens === undefined || site === 'same-origin' || site === 'none';
}
