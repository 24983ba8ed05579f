import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';

export interface HttpReply {
  status: number;
  body: string;
}

/**
 * A persistent connection with one request at a time. It is written by hand, because a client library uses as much CPU per
 * request as the service under test and would distort the measurement.
 */
export class HttpConnection {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #pending: { resolve: (reply: HttpReply) => void; reject: (error: Error) => void } | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    for (const event of ['error', 'close'] as const) {
      socket.on(event, (error?: unknown) =>
        this.#pending?.reject(error instanceof Error ? error : new Error('the connection was closed')),
      );
    }
  }

  /** Connects to the service `name` with the certificate in `tlsFolder`, or if that is null without TLS. */
  static async open(target: {
    name: string;
    port: number;
    tlsFolder: string | null;
  }): Promise<HttpConnection> {
    const { port, tlsFolder } = target;
    if (tlsFolder === null) {
      const socket = connectTcp({ host: '127.0.0.1', port });
      await once(socket, 'connect');
      return new HttpConnection(socket);
    }
    const file = (name: string) => readFileSync(join(tlsFolder, name));
    const socket = connectTls({
      host: '127.0.0.1',
      port,
      servername: target.name,
      ca: file('ca.crt'),
      cert: file('tls.crt'),
      key: file('tls.key'),
    });
    await once(socket, 'secureConnect');
    return new HttpConnection(socket);
  }

  /** Sends a request that `requestText` created. */
  send(request: string): Promise<HttpReply> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#pending = null;
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd === -1) return;
    const head = this.#received.toString('latin1', 0, headEnd);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    const end = headEnd + 4 + length;
    if (this.#received.length < end) return;
    const reply = {
      status: Number(head.slice(9, 12)),
      body: this.#received.toString('utf8', headEnd + 4, end),
    };
    this.#received = this.#received.subarray(end);
    const pending = this.#pending;
    this.#pending = null;
    pending?.resolve(reply);
  }
}

/** The text of an HTTP/1.1 request. */
export function requestText(
  method: string,
  path: string,
  token: string | null,
  body: string | null = null,
  headers = '',
): string {
  const authorization = token === null ? '' : `Authorization: Bearer ${token}\r\n`;
  const content =
    body === null
      ? 'Content-Length: 0\r\n'
      : `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;
  return `${method} ${path} HTTP/1.1\r\nHost: bank\r\n${authorization}${headers}${content}\r\n${body ?? ''}`;
}
