import { natsSettings, readSettings, serverSettings } from '@guichet/config';
import { connectBroker } from '@guichet/events';
import { createLog } from '@guichet/log';
import { resendAsides } from './resend-asides.ts';

/** `npm run resend --workspace services/mailer`: puts the mails that were set aside back, to be tried afresh. */
async function run(): Promise<void> {
  const TLS_DIRECTORY = serverSettings.TLS_DIRECTORY.default('');
  const settings = readSettings({ ...natsSettings, TLS_DIRECTORY });
  const log = createLog({ service: 'mailer', level: 'warn' });
  const broker = connectBroker({ name: 'mailer', settings, streams: ['MAIL', 'MAIL_ASIDE'], log });
  try {
    const putBack = await resendAsides({ broker, log });
    console.log(putBack === 1 ? '1 mail was put back' : `${putBack} mails were put back`);
  } finally {
    await broker.close();
  }
}

try {
  await run();
} catch (error) {
  console.error(`The mails could not be put back: ${(error as Error).message}`);
  process.exitCode = 1;
}
