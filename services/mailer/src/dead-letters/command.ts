import { parseArgs } from 'node:util';
import { eventKeySettings, natsSettings, readSettings, serverSettings } from '@guichet/config';
import { connectBroker, createEnvelope, toEventKeys } from '@guichet/events';
import { createLog } from '@guichet/log';
import { mailRecords } from '../records/mail-records.ts';
import { deadLetterStore } from './dead-letter-store.ts';
import { type Resent, resendMails } from './resend-mails.ts';

/**
 * `npm run resend --workspace services/mailer`: puts the dead letters back into the stream of mails, except those that may have been sent; with
 * `-- --uncertain` these too. With `-- --discard` all are discarded: for mails with a cause that can't be fixed.
 */
async function run(): Promise<void> {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({ options: { discard: flag, uncertain: flag } });
  const { discard } = values;
  const TLS_DIRECTORY = serverSettings.TLS_DIRECTORY.default('');
  const settings = readSettings({ ...natsSettings, ...eventKeySettings, TLS_DIRECTORY });
  const log = createLog({ service: 'mailer', level: 'warn' });
  const broker = connectBroker({
    name: 'mailer',
    settings,
    streams: ['MAIL', 'MAIL_RECORDS', 'MAIL_DEAD_LETTERS', 'LOG'],
    log,
    envelope: createEnvelope('mailer', toEventKeys(settings)),
  });
  const stores = { records: mailRecords(broker), deadLetters: deadLetterStore(broker, log) };
  const clock = () => new Date();
  try {
    const resent = await resendMails({
      ...stores,
      broker,
      clock,
      log,
      discard,
      withUncertain: values.uncertain,
    });
    for (const line of describe(resent, discard)) console.log(line);
  } finally {
    await broker.close();
  }
}

function describe({ handled, uncertain, left }: Resent, discard: boolean): string[] {
  const mails = (count: number) => (count === 1 ? '1 mail' : `${count} mails`);
  const was = (count: number) => `${mails(count)} ${count === 1 ? 'was' : 'were'}`;
  return [
    `${was(handled)} ${discard ? 'discarded' : 'put back'}`,
    ...(uncertain > 0 ? [`${mails(uncertain)} may have been sent: -- --uncertain sends them again too`] : []),
    ...(left > 0 ? [`${was(left)} left: sent after all, or not the bank's`] : []),
  ];
}

try {
  await run();
} catch (error) {
  console.error(`The dead letters can’t be processed: ${(error as Error).message}`);
  process.exitCode = 1;
}
