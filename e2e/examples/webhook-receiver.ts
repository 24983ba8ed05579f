// A receiver of the bank's webhooks, behind a server that ends TLS. It needs Node.js and the package standardwebhooks.

import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

interface Message {
  type: string;
  timestamp: string;
  data: Record<string, unknown>;
}

/** Handles each message once. `seen` remembers ids, because a message can arrive again: after an answer that the bank didn't get. */
export function receiver(
  secret: string,
  handle: (message: Message) => Promise<void>,
  seen = new Set<string>(),
) {
  const webhook = new Webhook(secret);
  return createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    try {
      const body = Buffer.concat(parts).toString('utf8');
      // Refuses a wrong signature, and a message that is more than five minutes old.
      const message = webhook.verify(body, request.headers as Record<string, string>) as Message;
      const id = String(request.headers['webhook-id']);
      if (!seen.has(id)) await handle(message);
      seen.add(id);
      response.writeHead(204).end();
    } catch {
      // Anything but 2xx: the bank tries again later.
      response.writeHead(400).end();
    }
  });
}
