import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLog } from '@guichet/log';
import { createApp } from '../app.ts';
import { loadTranslations } from '../i18n.ts';
import type { Assets } from '../rendering/assets.ts';
import { loadAssets, PUBLIC_DIRECTORY } from '../rendering/assets.ts';
import { createViews } from '../rendering/views.ts';
import { closeServices, openServices } from '../upstream/services.ts';
import { frontendState } from './bank-state.ts';
import { type FakeBank, startFakeBank } from './fake-bank.ts';

export interface RunningFrontend {
  url: string;
  bank: FakeBank;
  close(): Promise<void>;
}

/** Seals the sessions and searches of tests. */
export const TEST_SECRET = 'a secret that is only good for tests';

/** The real frontend in front of a fake bank. `publicUrl` decides whether it assumes HTTPS. */
export async function startFrontend({
  port = 0,
  publicUrl = 'http://localhost',
  built = false,
  styleguide = false,
  editAnswers = (json: string) => json,
  log = silentLog,
  partWithinMs = 60_000,
  now = Date.now,
} = {}): Promise<RunningFrontend> {
  const bank = await startFakeBank(editAnswers);
  const services = openServices(
    { auth: bank.url, accounts: bank.url, logging: bank.url, mailer: bank.url },
    null,
  );
  const assets = built ? loadAssets(PUBLIC_DIRECTORY) : unbuiltAssets;
  const settings = { bankName: 'Guichet', timeZone: 'Europe/Paris', publicUrl, idleMinutes: 15 };
  const app = createApp({
    settings: {
      PUBLIC_URL: publicUrl,
      SESSION_SECRET: [TEST_SECRET],
      FORWARDED_HOPS: 0,
      IDLE_SIGN_OUT_MINUTES: 15,
      STYLEGUIDE: styleguide ? 'on' : 'off',
    },
    services,
    views: createViews(await loadTranslations(), assets, settings),
    assets,
    log,
    describeSelf: async () => frontendState,
    partWithinMs,
    now,
  });
  const server: Server = createServer(app.callback());
  // As the bank's own listener. At node's five seconds, a busy machine closes a connection while a test sends on it.
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bank,
    async close() {
      server.close();
      server.closeAllConnections();
      await closeServices(services);
      await bank.close();
    },
  };
}

/** Most tests don't need built assets. */
const unbuiltAssets: Assets = { href: (name) => `/assets/${name}`, serve: (_ctx, next) => next() };
