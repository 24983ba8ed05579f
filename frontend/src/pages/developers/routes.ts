import { send } from '../../clients/call.ts';
import type { PageContext } from '../../request-context.ts';
import { render } from '../page.ts';
import { pageRouter } from '../router.ts';
import { settle } from '../settle.ts';
import { type ApiDocument, type DescribedRoute, describeApi } from './describe-api.ts';

const DOCUMENTS = [
  ['auth', '/api/auth/openapi.json'],
  ['accounts', '/api/accounts/openapi.json'],
  ['logging', '/api/logs/openapi.json'],
  ['mailer', '/api/mail/openapi.json'],
] as const;

/** The API reference, built from the services' OpenAPI documents so that it is never out of date. */
export function developerPages() {
  const router = pageRouter();
  router.get('/developers', async (ctx) => {
    const services = await Promise.all(
      DOCUMENTS.map(async ([name, path]) => ({ name, path, routes: await routesOf(ctx, name, path) })),
    );
    const { session, api } = ctx.state;
    const tokens = session.tokens === undefined ? null : await settle(ctx, 'tokens', api.auth.tokens());
    render(ctx, 'developers.njk', { services, tokens: tokens?.items ?? null });
  });
  return router;
}

/** Null while the service is unavailable: the page says so and shows the others. */
async function routesOf(
  ctx: PageContext,
  name: (typeof DOCUMENTS)[number][0],
  path: string,
): Promise<DescribedRoute[] | null> {
  const anyone = { ...ctx.state.caller(), accessToken: null };
  const document = await settle(
    ctx,
    'reference',
    send<ApiDocument>(ctx.state.services[name], { path }, anyone),
  );
  return document === null ? null : describeApi(document);
}
