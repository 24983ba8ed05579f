import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import type { Log } from '@guichet/log';
import type { Caller } from '@guichet/tokens';
import accepts from 'accepts';
import { requestIdOf } from './read-request.ts';
import type { StreamedReply } from './reply.ts';

type Headers = Readonly<Record<string, string>>;

const JSON_TYPE = 'application/json; charset=utf-8';

/** A request and its response. What only some requests need is created on first use. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The target of the request without its query. */
  readonly path: string;
  readonly queryString: string;
  /** The id in its X-Request-Id, or a new one. */
  readonly correlationId: string;
  /** The template of its path. */
  route: string | undefined;
  caller: Caller | null | undefined;
  readonly #parentLog: Log;
  #log: Log | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, parentLog: Log) {
    const target = request.url ?? '';
    const queryAt = target.indexOf('?');
    this.request = request;
    this.response = response;
    this.path = queryAt === -1 ? target : target.slice(0, queryAt);
    this.queryString = queryAt === -1 ? '' : target.slice(queryAt + 1);
    this.correlationId = requestIdOf(request.headers);
    this.#parentLog = parentLog;
  }

  get method(): string {
    return this.request.method ?? '';
  }

  get log(): Log {
    this.#log ??= this.#parentLog.child({ correlation_id: this.correlationId });
    return this.#log;
  }

  /** The client's preferred language among `languages`; false if it accepts none of them. */
  acceptsLanguages(...languages: string[]): string | false {
    return accepts(this.request).languages(languages) as string | false;
  }

  /** @param headers they replace the default ones of the same name */
  sendJson(status: number, text: string, headers: Headers = {}, type = JSON_TYPE): void {
    this.#writeHead(status, {
      'Content-Type': type,
      'Content-Length': String(Buffer.byteLength(text)),
      ...headers,
    });
    this.response.end(text);
  }

  sendEmpty(status: number, headers: Headers = {}): void {
    this.#writeHead(status, status === 204 ? headers : { 'Content-Length': '0', ...headers });
    this.response.end();
  }

  /** @param onFailed called if the stream fails or the client disconnects; the connection is closed then */
  sendStream(
    status: number,
    { mediaType, stream, headers = {} }: StreamedReply,
    onFailed: (error: Error) => void,
  ): void {
    this.#writeHead(status, { 'Content-Type': mediaType, ...headers });
    if (this.method === 'HEAD') {
      stream.destroy();
      this.response.end();
      return;
    }
    pipeline(stream, this.response, (error) => {
      if (error) onFailed(error);
    });
  }

  // All headers at once: Node checks and stores those that are set one by one, and then copies them.
  #writeHead(status: number, headers: Headers): void {
    this.response.writeHead(status, {
      'X-Request-Id': this.correlationId,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      ...headers,
    });
  }
}
