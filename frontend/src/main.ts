import { listenHttp } from '@guichet/http';
import { processDescriber, startProcess } from '@guichet/process';
import { createApp } from './app.ts';
import { frontendSettings } from './config.ts';
import { missingServices } from './edge/readiness.ts';
import { loadTranslations } from './i18n.ts';
import { loadAssets, PUBLIC_DIRECTORY } from './rendering/assets.ts';
import { createViews } from './rendering/views.ts';
import { closeServices, openServices } from './upstream/services.ts';

// The services do not gate readiness: without them the frontend still has an error page to show.
const frontend = await startProcess({ name: 'frontend', settings: frontendSettings, streams: ['LOG'] });
const { settings, log, stopping, keep } = frontend;
const services = openServices(
  {
    auth: settings.AUTH_URL,
    accounts: settings.ACCOUNTS_URL,
    logging: settings.LOGGING_URL,
    mailer: settings.MAILER_URL,
  },
  settings.TLS_DIRECTORY,
);
frontend.onStop('services', () => closeServices(services));

const assets = loadAssets(PUBLIC_DIRECTORY);
const views = createViews(await loadTranslations(), assets, {
  bankName: settings.BANK_NAME,
  timeZone: settings.BANK_TIME_ZONE,
  publicUrl: settings.PUBLIC_URL,
  idleMinutes: settings.IDLE_SIGN_OUT_MINUTES,
});
const app = createApp({
  settings,
  services,
  views,
  assets,
  log,
  stopping,
  describeSelf: processDescriber(frontend),
});
// Behind a proxy every connection comes from the proxy's own address.
const limits = settings.FORWARDED_HOPS === 0 ? { connectionsPerAddressMax: 1_024 } : {};
const { port } = keep('requests', await listenHttp(app, settings, { stopping, limits }));
frontend.started({ port, missing: await missingServices(services) });
