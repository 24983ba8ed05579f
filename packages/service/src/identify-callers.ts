import { openPeer, type Peer } from '@guichet/http';
import { connectIdentity, type Identity, watchIdentity } from '@guichet/identity';
import type { Service } from './start-service.ts';

/** Connects to auth and verifies tokens with its keys and revocations. The service is ready only once it knows the revocations. */
export function identifyCallers(
  service: Service<{ AUTH_URL: string; TLS_DIRECTORY: string }>,
): Identity & { readonly auth: Peer } {
  const { settings, broker, clock, log, keep, requires } = service;
  const auth = keep('auth', openPeer('auth', settings.AUTH_URL, settings));
  const identity = keep('identity', connectIdentity({ auth, broker, clock, log }));
  requires(async () => identity.missing());
  watchIdentity(identity);
  return { ...identity, auth };
}
