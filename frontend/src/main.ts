import { readSettings } from '@guichet/config';
import { connectBroker, createEnvelope, reportTrouble, toEventKeys } from '@guichet/events';
import { createHealth, listenAdmin, listenHttp, runService } from '@guichet/http';
import { createLog } from '@guichet/log';
import { watchBroker, watchProcess } from '@guichet/vitals';
import { createApp } from './app.ts';
import { settingsShape } from './config.ts';
import { missingServices } from './edge/readiness.ts';
import { loadTranslations } from './i18n.ts';
import { loadAssets, PUBLIC_DIRECTORY } from './rendering/assets.ts';
import { createViews } from './rendering/views.ts';
import { closeServices, openServices } from './upstream/services.ts';

const log = createLog({ service: 'frontend', level: process.env.LOG_LEVEL || 'info' });

runService(log, async (life) => {
  const settings = readSettings(settingsShape);
  watchProcess({ service: 'frontend', bank: settings.BANK_LABEL, tlsDirectory: settings.TLS_DIRECTORY });

  // A frontend without its services still has an error page to show: they do not hold it back from traffic.
  const health = createHealth(async () => []);
  life.drains(health);
  const admin = await listenAdmin(settings, health);
  life.onStop('admin port', () => admin.close());

  const broker = connectBroker({
    name: 'frontend',
    settings,
    streams: ['LOG'],
    log,
    envelope: createEnvelope('frontend', toEventKeys(settings)),
  });
  life.onStop('broker', () => broker.close());
  watchBroker(broker);
  const reporting = reportTrouble({ log, broker, service: 'frontend' });
  life.onStop('reports of trouble', () => reporting.stop());

  const services = openServices(
    { auth: settings.AUTH_URL, accounts: settings.ACCOUNTS_URL, logging: settings.LOGGING_URL },
    settings.TLS_DIRECTORY,
  );
  life.onStop('services', () => closeServices(services));

  const assets = loadAssets(PUBLIC_DIRECTORY);
  const views = createViews(await loadTranslations(), assets, {
    bankName: settings.BANK_NAME,
    timeZone: settings.BANK_TIME_ZONE,
    publicUrl: settings.PUBLIC_URL,
  });
  const app = createApp({ settings, services, views, assets, log, isDraining: () => health.draining });
  // Behind a proxy every connection comes from the proxy's own address.
  const limits = settings.FORWARDED_HOPS === 0 ? { connectionsPerAddressMax: 1_024 } : {};
  const listening = await listenHttp(app, settings, { stopping: life.stopping, limits });
  life.onStop('http', () => listening.close());
  health.started = true;
  log.info({ port: listening.port, missing: await missingServices(services) }, 'frontend listening');
});
