import { consumerLag } from '@guichet/events';
import { listenMutualTls, openPeer } from '@guichet/http';
import { connectIdentity, watchIdentity } from '@guichet/identity';
import { startProcess, watchConsumers } from '@guichet/process';
import { createMailerApp } from './app.ts';
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

// Neither NATS nor the mail server gates readiness: a restart would fix neither. Mail is sent also while auth is down.
const mailer = await startProcess({
  name: 'mailer',
  settings: mailerSettings,
  streams: ['MAIL', 'MAIL_RECORDS', 'MAIL_DEAD_LETTERS', 'USERS', 'REVOCATIONS', 'LOG'],
});
const { settings, broker, clock, log, keep } = mailer;
const findRecipient = recipientFinder(broker);
const records = mailRecords(broker);
const deadLetters = deadLetterStore(broker, log);
const letters = {
  from: settings.MAIL_FROM,
  bank: { name: settings.BANK_NAME, publicUrl: settings.PUBLIC_URL },
  timeZone: settings.BANK_TIME_ZONE,
};
const delivery = takeMail({
  broker,
  transport: keep('mail server', openTransport(mailServerOf(settings), settings)),
  findRecipient,
  keepDeadMail: deadMailKeeper({ broker, clock }),
  logSent: (id, mail, at) => publishAuditEvent(broker, mailSent(id, mail, at)),
  logWithheld: (id, mail, at) => publishAuditEvent(broker, mailWithheld(id, mail, at)),
  claims: createClaims({ records, clock, log, stopping: mailer.stopping }),
  clock,
  log,
  letters,
  triesMax: settings.MAIL_TRIES,
  atOnce: settings.SMTP_CONNECTIONS,
});
keep('mail', delivery);

const auth = keep('auth', openPeer('auth', settings.AUTH_URL, settings));
const identity = keep('identity', connectIdentity({ auth, broker, clock, log }));
mailer.requires(async () => identity.missing());
watchIdentity(identity);
watchConsumers([
  { stream: 'MAIL', consumer: 'mailer', lag: () => consumerLag(broker, 'MAIL', 'mailer') },
  { stream: 'REVOCATIONS', consumer: 'mailer-revocations', lag: identity.lag },
]);
watchMail({ deadLetters: deadLetters.count, flowing: () => delivery.flowing });
const { verify } = identity;
const app = createMailerApp({
  broker,
  clock,
  log,
  verify,
  records,
  deadLetters,
  findRecipient,
  letters,
  ready: mailer.ready,
});
const { port } = keep('requests', await listenMutualTls(app, settings, { stopping: mailer.stopping }));
mailer.started({ port });
