import { type IncomingMessage, Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

// Preloaded into the mail catcher, which accepts every Host and Origin. Without this, any page in a developer's browser, or a host name that
// resolves to 127.0.0.1, could read the links and codes in caught mail.

// Only the owner can read the files that it writes.
process.umask(0o077);

const LOCAL_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i;

function isLocal({ headers }: IncomingMessage): boolean {
  const { host = '', origin } = headers;
  return LOCAL_HOST.test(host) && (origin === undefined || origin === `http://${host}`);
}

const emit = Server.prototype.emit;
Server.prototype.emit = function guarded(event: string | symbol, ...args: unknown[]): boolean {
  const [request, answer] = args;
  if (event === 'request' && !isLocal(request as IncomingMessage)) {
    (answer as ServerResponse)
      .writeHead(403, { 'content-type': 'text/plain' })
      .end('Only for this machine.\n');
    return true;
  }
  if (event === 'upgrade' && !isLocal(request as IncomingMessage)) {
    (answer as Socket).destroy();
    return true;
  }
  return Reflect.apply(emit, this, [event, ...args]) as boolean;
};
