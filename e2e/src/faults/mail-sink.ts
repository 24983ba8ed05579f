import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A mail server that counts what it accepts and keeps no text: the mail catcher would keep tens of thousands of mails in memory. */
export interface MailSink {
  port: number;
  /** The stamps of each mail that was accepted, by Message-ID. */
  accepted: ReadonlyMap<string, readonly number[]>;
  stop(): Promise<void>;
}

export async function startMailSink(stamp: () => number): Promise<MailSink> {
  const accepted = new Map<string, number[]>();
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    closeTimeout: 10,
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const id = messageIdIn(Buffer.concat(chunks).toString('utf8'));
        const times = accepted.get(id);
        if (times === undefined) accepted.set(id, [stamp()]);
        else times.push(stamp());
        done();
      });
    },
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    accepted,
    stop: () => new Promise<void>((resolve) => server.close(resolve)),
  };
}

/** @throws Error for a mail without one, which would escape the count */
function messageIdIn(raw: string): string {
  const [head = ''] = raw.split('\r\n\r\n', 1);
  const id = /^message-id:\s*(<[^>]+>)/im.exec(head)?.[1];
  if (id === undefined) throw new Error('a mail has no Message-ID');
  return id;
}
