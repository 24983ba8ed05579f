import { consumerLag } from '@guichet/events';
import { startProcess, watchConsumers } from '@guichet/process';
import { mailSent, publishAuditEvent } from './audit.ts';
import { mailerSettings } from './config.ts';
import { deadMailKeeper } from './dead-letters/dead-mail-keeper.ts';
import { RESEND_CONSUMER } from './dead-letters/resend-mails.ts';
import { rememberSent } from './delivery/sent-mails.ts';
import { takeMail } from './delivery/take-mail.ts';
import { openTransport } from './delivery/transport.ts';
import { watchMail } from './metrics.ts';
import { recipientFinder } from './recipients/find-recipient.ts';

// Neither NATS nor the mail server gates readiness: the mailer receives no requests, and a restart would fix neither.
const mailer = await startProcess({
  name: 'mailer',
  settings: mailerSettings,
  streams: ['MAIL', 'MAIL_DEAD_LETTERS', 'USERS', 'LOG'],
});
const { settings, broker, clock, log, keep } = mailer;
const delivery = takeMail({
  broker,
  transport: keep('mail server', openTransport(settings)),
  findRecipient: recipientFinder(broker),
  keepDeadMail: deadMailKeeper({ broker, clock }),
  logSent: (id, mail) => publishAuditEvent(broker, mailSent(id, mail, clock())),
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
keep('mail', delivery);
watchConsumers([{ stream: 'MAIL', consumer: 'mailer', lag: () => consumerLag(broker, 'MAIL', 'mailer') }]);
watchMail({
  deadLetters: () => consumerLag(broker, 'MAIL_DEAD_LETTERS', RESEND_CONSUMER),
  flowing: () => delivery.flowing,
});
mailer.started();
