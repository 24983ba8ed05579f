import { connectBroker, consumerLag, createEnvelope, reportTrouble, toEventKeys } from '@guichet/events';
import { createHealth, listenAdmin, runService } from '@guichet/http';
import { createLog } from '@guichet/log';
import { systemClock } from '@guichet/time';
import { watchBroker, watchConsumers, watchProcess } from '@guichet/vitals';
import { readMailerSettings } from './config.ts';
import { deadMailKeeper } from './dead-letters/dead-mail-keeper.ts';
import { RESEND_CONSUMER } from './dead-letters/resend-mails.ts';
import { rememberSent } from './delivery/sent-mails.ts';
import { takeMail } from './delivery/take-mail.ts';
import { openTransport } from './delivery/transport.ts';
import { watchMail } from './metrics.ts';
import { recipientFinder } from './recipients/find-recipient.ts';

const log = createLog({ service: 'mailer', level: process.env.LOG_LEVEL || 'info' });

runService(log, async (life) => {
  const settings = readMailerSettings();
  watchProcess({ service: 'mailer', bank: settings.BANK_LABEL, tlsDirectory: settings.TLS_DIRECTORY });
  const clock = systemClock;

  // Neither NATS nor the mail server gates readiness: nobody sends requests here, and a restart would mend neither.
  const health = createHealth(async () => []);
  life.drains(health);
  const admin = await listenAdmin(settings, health);
  life.onStop('admin port', () => admin.close());

  const broker = connectBroker({
    name: 'mailer',
    settings,
    streams: ['MAIL', 'MAIL_DEAD_LETTERS', 'USERS', 'LOG'],
    log,
    envelope: createEnvelope('mailer', toEventKeys(settings)),
  });
  life.onStop('broker', () => broker.close());
  watchBroker(broker);
  watchConsumers([{ stream: 'MAIL', consumer: 'mailer', lag: () => consumerLag(broker, 'MAIL', 'mailer') }]);
  const transport = openTransport(settings);
  life.onStop('mail server', () => transport.close());

  const reporting = reportTrouble({ log, broker, service: 'mailer', clock });
  life.onStop('reports of trouble', () => reporting.stop());
  const taking = takeMail({
    broker,
    transport,
    findRecipient: recipientFinder(broker),
    keepDeadMail: deadMailKeeper({ broker, clock }),
    sent: rememberSent(),
    clock,
    log,
    letters: {
      from: settings.MAIL_FROM,
      bank: { name: settings.BANK_NAME, publicUrl: settings.PUBLIC_URL },
      timeZone: settings.BANK_TIME_ZONE,
    },
    triesMax: settings.MAIL_TRIES,
    atOnce: settings.SMTP_CONNECTIONS * 2,
  });
  life.onStop('mail', () => taking.stop());
  watchMail({
    deadLetters: () => consumerLag(broker, 'MAIL_DEAD_LETTERS', RESEND_CONSUMER),
    flowing: () => taking.flowing,
  });
  health.started = true;
  log.info({ admin_port: admin.port }, 'mailer started');
});
