/**
 * The processes that make up the bank, by the name in their certificates, settings and log events. Sealed messages name a service by its
 * position in this list, so add new ones at the end.
 */
export const SERVICES = ['auth', 'accounts', 'logging', 'mailer', 'frontend'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** The services that keep a database schema of their own. */
export const DATABASE_SERVICES = ['auth', 'accounts', 'logging'] as const satisfies readonly ServiceName[];
export type DatabaseService = (typeof DATABASE_SERVICES)[number];

/** The services with an API. */
export const API_SERVICES = [...DATABASE_SERVICES, 'mailer'] as const satisfies readonly ServiceName[];
export type ApiService = (typeof API_SERVICES)[number];
