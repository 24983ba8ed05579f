import type { IncomingMessage, RequestOptions } from 'node:http';
import { request } from 'node:https';
import type { DeliveryError } from '@guichet/contract';
import { type Destinations, pinAddresses, readWebhookUrl, UnsafeAddressError } from './destination.ts';

/** What came of one attempt. */
export interface Answer {
  /** Null if there was none. */
  status: number | null;
  /** The first characters of the body. */
  text: string | null;
  error: DeliveryError | null;
}

export interface Message {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** How messages are sent. */
export interface Sending extends Destinations {
  /** Another authority than those that Node.js trusts, in PEM. */
  ca?: string;
  timeoutMs: number;
  /** How many messages may wait for one webhook. */
  waitingMax: number;
}

export const TIMEOUT_MS = 15_000;
const ANSWER_BYTES = 4_096;
const ANSWER_CHARACTERS = 500;
/** For how long the body of an answer is read; its status is known by then. */
const BODY_MS = 2_000;

/** Whether an answer acknowledges the message. */
export function isAcknowledged({ status, error }: Answer): boolean {
  return error === null && status !== null && status >= 200 && status < 300;
}

/**
 * Sends a message by POST, in at most `timeoutMs` with resolving and connecting. The address is checked before, a redirect isn't followed, and at most a few kilobytes
 * of the answer are read.
 */
export async function sendMessage(message: Message, sending: Sending): Promise<Answer> {
  const deadline = AbortSignal.timeout(sending.timeoutMs);
  try {
    const url = readWebhookUrl(message.url, sending);
    const lookup = await within(deadline, pinAddresses(url, sending));
    return await post(url, message, {
      lookup,
      signal: deadline,
      ...(sending.ca === undefined ? {} : { ca: sending.ca }),
    });
  } catch (error) {
    return { status: null, text: null, error: reasonOf(error, deadline) };
  }
}

/** Ends the wait for work that can't be aborted. */
function within<Result>(deadline: AbortSignal, work: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    deadline.addEventListener('abort', () => reject(deadline.reason), { once: true });
    work.then(resolve, reject);
  });
}

function post(
  url: URL,
  { headers, body }: Message,
  options: RequestOptions & { ca?: string },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        ...options,
        method: 'POST',
        // A connection of its own: one that is kept could be to an address that was checked long ago.
        agent: false,
        headers: {
          ...headers,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'Guichet-Webhooks/1',
        },
      },
      (answer) => {
        const status = answer.statusCode ?? 0;
        void readStart(answer).then((text) => {
          sent.destroy();
          resolve({ status, text, error: status >= 300 && status < 400 ? 'redirect' : null });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The first characters of an answer, without control characters; what is missing of a body that doesn't arrive is left out. */
function readStart(answer: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    const end = () => {
      clearTimeout(timer);
      const text = Buffer.concat(parts).subarray(0, ANSWER_BYTES).toString('utf8');
      resolve([...text.replace(/[\p{Cc}\p{Cs}\uFFFD]+/gu, ' ').trim()].slice(0, ANSWER_CHARACTERS).join(''));
    };
    const timer = setTimeout(end, BODY_MS);
    answer.on('data', (part: Buffer) => {
      parts.push(part);
      bytes += part.length;
      if (bytes >= ANSWER_BYTES) end();
    });
    answer.on('end', end);
    answer.on('error', end);
    answer.on('close', end);
  });
}

/** The codes of Node.js for a certificate that is not trusted, or not for this host. */
const CERTIFICATE = /^(ERR_TLS_|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|ERR_SSL_)/;

function reasonOf(error: unknown, deadline: AbortSignal): DeliveryError {
  if (deadline.aborted) return 'timeout';
  const { code = '' } = error as { code?: string };
  if (error instanceof UnsafeAddressError || code === 'unsafe_url') return 'unsafe_url';
  if (code === 'ENOTFOUND' || code.startsWith('EAI_') || code === 'ENODATA') return 'not_resolved';
  if (CERTIFICATE.test(code)) return 'certificate';
  if (/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EADDRNOTAVAIL)$/.test(code)) return 'not_connected';
  return 'no_answer';
}
