import type { ApiService } from '@guichet/contract';
import type { Route } from '@guichet/http';
import { routes as accountsRoutes } from '../../../services/accounts/src/routes.ts';
import { authRoutes } from '../../../services/auth/src/routes.ts';
import { loggingRoutes } from '../../../services/logging/src/routes.ts';
import { mailerRoutes } from '../../../services/mailer/src/routes.ts';

/** A route, and the service that answers it. */
export interface ServiceRoute {
  service: ApiService;
  route: Route;
  /** As in `POST /api/accounts/:id/close`. */
  name: string;
}

// Declaring routes does not use the dependencies of their handlers.
const nothing = {} as never;

/** Every route of the services, internal ones too, in the order in which they are declared. */
export const EVERY_ROUTE: readonly ServiceRoute[] = [
  ...authRoutes(nothing).map((route) => ({ service: 'auth', route }) as const),
  ...accountsRoutes(nothing, nothing).map((route) => ({ service: 'accounts', route }) as const),
  ...loggingRoutes(nothing).map((route) => ({ service: 'logging', route }) as const),
  ...mailerRoutes(nothing).map((route) => ({ service: 'mailer', route }) as const),
].map((one) => ({ ...one, name: `${one.route.method} ${one.route.path}` }));
