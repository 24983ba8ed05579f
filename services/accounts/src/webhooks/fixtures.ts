import type { ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { readTls } from '@guichet/certificates';
import type { WebhookEvent } from '@guichet/contract';
import { testAuthority } from '@guichet/testing';
import { Webhook } from 'standardwebhooks';
import type { TestBank, TestPerson } from '../fixtures.ts';

/** A message as a receiver got it. */
export interface Received {
  path: string;
  id: string;
  headers: Record<string, string>;
  body: string;
  type: string;
  data: Record<string, unknown>;
}

export interface Receiver {
  received: Received[];
  host: string;
  url(path?: string): string;
  /** What it answers from now on; by default 204. */
  answer: (response: ServerResponse, message: Received) => void;
  stop(): Promise<void>;
  start(): Promise<void>;
}

const noContent = (response: ServerResponse) => response.writeHead(204).end();

/** A receiver on loopback, with a certificate that the bank trusts, and allowed by its settings. */
export async function openReceiver(bank: TestBank): Promise<Receiver> {
  const authority = await testAuthority();
  const { ca, cert, key } = readTls(await authority.issue('receiver'));
  await authority.remove();
  let server: Server;
  let port = 0;
  const receiver: Receiver = {
    received: [],
    host: '',
    url: (path = '/') => `https://localhost:${port}${path}`,
    answer: noContent,
    async start() {
      server = createServer({ cert, key }, async (request, response) => {
        const parts: Buffer[] = [];
        for await (const part of request) parts.push(part as Buffer);
        const body = Buffer.concat(parts).toString();
        const { type, data } = JSON.parse(body);
        const headers = request.headers as Record<string, string>;
        const message = {
          path: request.url ?? '',
          id: headers['webhook-id'] ?? '',
          headers,
          body,
          type,
          data,
        };
        receiver.received.push(message);
        receiver.answer(response, message);
      });
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
      ({ port } = server.address() as AddressInfo);
      receiver.host = `localhost:${port}`;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  await receiver.start();
  Object.assign(bank.deps.webhooks, {
    ca: ca.toString(),
    allowedHosts: new Set([receiver.host]),
  });
  return receiver;
}

/** Subscribes a user. */
export async function subscribe(
  bank: TestBank,
  person: TestPerson,
  url: string,
  events: readonly WebhookEvent[],
): Promise<{ id: string; secret: string }> {
  const reply = await bank.client.post('/api/webhooks', { url, events }, { token: person.token });
  if (reply.status !== 201) throw new Error(reply.text);
  return reply.body;
}

/** Verifies a message as its receiver does. @throws if no signature is right */
export function verified(secret: string, { body, headers }: Received): unknown {
  return new Webhook(secret).verify(body, headers);
}
