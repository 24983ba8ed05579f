import { connectBroker } from '@guichet/events';
import { silentLog } from '@guichet/log';
import { openTestTransport, startTestTaking } from '../fixtures.ts';

// A mailer that a test can kill or freeze: NATS and the mail server come from the test.
const [natsServer = '', smtpPort = ''] = process.argv.slice(2);
const broker = connectBroker({
  name: 'test',
  settings: {
    NATS_SERVERS: [natsServer],
    NATS_USER: undefined,
    NATS_PASSWORD: undefined,
    NATS_TLS: 'off',
    TLS_DIRECTORY: '',
  },
  streams: ['MAIL', 'MAIL_RECORDS', 'MAIL_DEAD_LETTERS', 'USERS', 'LOG'],
  log: silentLog,
});
await broker.whenReady();
startTestTaking(broker, openTestTransport({ port: Number(smtpPort) }), silentLog, { unsettledAfterMs: 500 });
console.log('started');
