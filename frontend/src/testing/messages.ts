import type { IncomingMessage } from 'node:http';

/** A request received by the fake bank. */
export interface Received {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: unknown;
}

export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** A refusal in the form of the services (RFC 9457). */
export function problem(status: number, code: string, title = code) {
  return { type: `urn:guichet:problem:${code}`, title, status, detail: title, code, correlation_id: 'test' };
}
