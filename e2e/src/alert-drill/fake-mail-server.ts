import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A mail server that drops what it accepts, can be stopped, and can refuse mails for good. */
export interface FakeMailServer {
  port: number;
  refuses: boolean;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export async function startFakeMailServer(): Promise<FakeMailServer> {
  let server: SMTPServer | null = null;
  const self: FakeMailServer = {
    port: 0,
    refuses: false,
    async start() {
      server = new SMTPServer({
        disabledCommands: ['AUTH', 'STARTTLS'],
        closeTimeout: 10,
        onRcptTo(_address, _session, done) {
          done(self.refuses ? Object.assign(new Error('no such mailbox'), { responseCode: 550 }) : null);
        },
        onData(stream, _session, done) {
          stream.on('end', () => done());
          stream.resume();
        },
      });
      server.on('error', () => undefined);
      server.listen(self.port, '127.0.0.1');
      await once(server.server, 'listening');
      self.port = (server.server.address() as AddressInfo).port;
    },
    async stop() {
      const closing = server;
      server = null;
      if (closing !== null) await new Promise<void>((resolve) => closing.close(resolve));
    },
  };
  await self.start();
  return self;
}
