import type { ServerResponse } from 'node:http';
import type { LogEntry } from '@guichet/contract/logging';
import type { Received } from './messages.ts';

/** The log's stream of the fake bank: every reader gets every entry, and what follows their Last-Event-ID. */
export interface FakeStream {
  /** The readers that are connected. */
  readonly open: Set<ServerResponse>;
  publish(entry: LogEntry): void;
  /** Ends every stream, as when a token expires. */
  cut(): void;
  serve(request: Received, response: ServerResponse): void;
}

export function createFakeStream(): FakeStream {
  const open = new Set<ServerResponse>();
  const published: LogEntry[] = [];
  const blockOf = (entry: LogEntry) => `id: ${entry.sequence}\ndata: ${JSON.stringify(entry)}\n\n`;
  return {
    open,
    publish(entry) {
      published.push(entry);
      for (const response of open) response.write(blockOf(entry));
    },
    cut() {
      for (const response of open) response.end();
    },
    serve({ headers }, response) {
      const head = published.at(-1)?.sequence ?? 1_000;
      const after = Number(headers['last-event-id'] ?? head);
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      response.write(`retry: 2000\nid: ${after}\n\n`);
      for (const entry of published) if (entry.sequence > after) response.write(blockOf(entry));
      open.add(response);
      response.once('close', () => open.delete(response));
    },
  };
}
