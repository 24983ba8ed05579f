import type { Readable } from 'node:stream';

/** What a handler returns; one place turns it into HTTP. */
export interface Reply {
  status: number;
  body?: unknown;
  stream?: Readable;
  headers?: Record<string, string>;
}

type Headers = Record<string, string>;

export const ok = (body: unknown, headers: Headers = {}): Reply => ({ status: 200, body, headers });
export const created = (body: unknown, headers: Headers = {}): Reply => ({ status: 201, body, headers });
export const accepted = (body?: unknown): Reply => ({ status: 202, body });
export const noContent = (): Reply => ({ status: 204 });

/** A body that is generated while it is sent: an export, a document, server-sent events. */
export const streamed = (type: string, stream: Readable, headers: Headers = {}): Reply => ({
  status: 200,
  stream,
  headers: { 'Content-Type': type, ...headers },
});
