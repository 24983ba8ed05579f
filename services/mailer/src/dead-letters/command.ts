import { parseArgs } from 'node:util';
import { eventKeySettings, natsSettings, readSettings, serverSettings } from '@guichet/config';
import { connectBroker, createEnvelope, toEventKeys } from '@guichet/events';
import { createLog } from '@guichet/log';
import { resendMails } from './resend-mails.ts';

/**
 * `npm run resend --workspace services/mailer`: puts the dead letters back into the stream of mails. With `-- --give-up` they
 * are not sent and no longer counted: for mails whose cause can't be fixed.
 */
async function run(): Promise<void> {
  const giveUp = parseArgs({ options: { 'give-up': { type: 'boolean', default: false } } }).values['give-up'];
  const TLS_DIRECTORY = serverSettings.TLS_DIRECTORY.default('');
  const settings = readSettings({ ...natsSettings, ...eventKeySettings, TLS_DIRECTORY });
  const log = createLog({ service: 'mailer', level: 'warn' });
  const broker = connectBroker({
    name: 'mailer',
    settings,
    streams: ['MAIL', 'MAIL_DEAD_LETTERS', 'LOG'],
    log,
    envelope: createEnvelope('mailer', toEventKeys(settings)),
  });
  try {
    const handled = await resendMails({ broker, log, giveUp });
    const what = giveUp ? 'given up' : 'put back';
    console.log(handled === 1 ? `1 mail was ${what}` : `${handled} mails were ${what}`);
  } finally {
    await broker.close();
  }
}

try {
  await run();
} catch (error) {
  console.error(`The dead letters can’t be processed: ${(error as Error).message}`);
  process.exitCode = 1;
}
