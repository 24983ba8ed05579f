import type { Middleware } from 'koa';

/** After this, an absolute-form request target (RFC 9112, section 3.2.2) has been converted to origin form. */
export const originForm: Middleware = (ctx, next) => {
  const { url } = ctx.req;
  const origin = url === undefined ? null : /^https?:\/\/[^/?#]*/i.exec(url);
  if (url !== undefined && origin !== null) {
    const rest = url.slice(origin[0].length);
    ctx.req.url = rest.startsWith('/') ? rest : `/${rest}`;
    ctx.originalUrl = ctx.req.url;
  }
  return next();
};
