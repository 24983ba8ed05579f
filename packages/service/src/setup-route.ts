import { ok, type Route, route, token } from '@guichet/http';
import type { z } from 'zod';

/** The route that shows the superuser the state of a service's own set-up. */
export function setupRoute<View extends z.ZodType>(
  path: string,
  view: View,
  describe: () => Promise<z.output<View>>,
): Route {
  return route({
    method: 'GET',
    path,
    summary: 'Get the state of the service’s set-up: certificates, keys, database, events',
    access: token({ scope: 'agents:manage', roles: ['superuser'] }),
    replies: { 200: view },
    // The type of `describe` guarantees the reply, which the compiler can't infer for any view.
    handle: async () => ok(await describe(), { 'Cache-Control': 'no-store' }) as never,
  });
}
