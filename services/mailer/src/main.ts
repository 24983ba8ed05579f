import { consumerLag } from '@guichet/events';
import { startProcess, watchConsumers } from '@guichet/process';
import { mailSent, mailWithheld, publishAuditEvent } from './audit.ts';
import { mailerSettings } from './config.ts';
import { deadLetterStore } from './dead-letters/dead-letter-store.ts';
import { deadMailKeeper } from './dead-letters/dead-mail-keeper.ts';
import { takeMail } from './delivery/take-mail.ts';
import { openTransport } from './delivery/transport.ts';
import { mailServerOf } from './mail-server.ts';
import { watchMail } from './metrics.ts';
import { recipientFinder } from './recipients/find-recipient.ts';
import { createClaims } from './records/claims.ts';
import { mailRecords } from './records/mail-records.ts';

// Neither NATS nor the mail server gates readiness: the mailer receives no requests, and a restart would fix neither.
const mailer = await startProcess({
  name: 'mailer',
  settings: mailerSettings,
  streams: ['MAIL', 'MAIL_RECORDS', 'MAIL_DEAD_LETTERS', 'USERS', 'LOG'],
});
const { settings, broker, clock, log, keep } = mailer;
const delivery = takeMail({
  broker,
  transport: keep('mail server', openTransport(mailServerOf(settings), settings)),
  findRecipient: recipientFinder(broker),
  keepDeadMail: deadMailKeeper({ broker, clock }),
  logSent: (id, mail, at) => publishAuditEvent(broker, mailSent(id, mail, at)),
  logWithheld: (id, mail, at) => publishAuditEvent(broker, mailWithheld(id, mail, at)),
  claims: createClaims({ records: mailRecords(broker), clock, log, stopping: mailer.stopping }),
  clock,
  log,
  letters: {
    from: settings.MAIL_FROM,
    bank: { name: settings.BANK_NAME, publicUrl: settings.PUBLIC_URL },
    timeZone: settings.BANK_TIME_ZONE,
  },
  triesMax: settings.MAIL_TRIES,
  atOnce: settings.SMTP_CONNECTIONS,
});
keep('mail', delivery);
watchConsumers([{ stream: 'MAIL', consumer: 'mailer', lag: () => consumerLag(broker, 'MAIL', 'mailer') }]);
watchMail({
  deadLetters: () => deadLetterStore(broker, log).count(),
  flowing: () => delivery.flowing,
});
mailer.started();
