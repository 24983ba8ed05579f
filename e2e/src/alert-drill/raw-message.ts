import { join } from 'node:path';
import type { RunningBank } from '@guichet/tools';
import { connect } from 'nats';

/** Publishes a message with the rights of auth, but without its keys. */
export async function publishRaw(bank: RunningBank, subject: string, payload: string): Promise<void> {
  const {
    NATS_SERVERS = '',
    NATS_USER = '',
    NATS_PASSWORD = '',
    TLS_DIRECTORY = '',
  } = bank.environmentOf('auth');
  const connection = await connect({
    servers: NATS_SERVERS.replaceAll('127.0.0.1', 'localhost').split(','),
    user: NATS_USER,
    pass: NATS_PASSWORD,
    tls: {
      caFile: join(TLS_DIRECTORY, 'ca.crt'),
      certFile: join(TLS_DIRECTORY, 'tls.crt'),
      keyFile: join(TLS_DIRECTORY, 'tls.key'),
    },
    inboxPrefix: '_INBOX_auth',
  });
  connection.publish(subject, payload);
  await connection.flush();
  await connection.close();
}
