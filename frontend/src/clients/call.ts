import { setTimeout as sleep } from 'node:timers/promises';
import { Problem, problems } from '@guichet/errors';
import { callTo, type ProblemBody } from '@guichet/http';
import { inSpan, type Span, traceHeaders } from '@guichet/tracing';
import type { Dispatcher } from 'undici';
import { destinationOf } from '../edge/paths.ts';
import type { Lane } from '../upstream/services.ts';

/** A request to a service. */
export interface ServiceRequest {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  /** Empty and undefined values are left out. */
  query?: Query;
  body?: unknown;
  /** XML that is sent as it is, in place of `body`. */
  file?: Buffer;
  idempotencyKey?: string | undefined;
  /** How long the response may take to start, if not the default. */
  answerWithinMs?: number;
  /** The lane of connections to use; `calls` by default. */
  lane?: Lane;
}

export type Query = Record<string, string | number | boolean | null | undefined>;

/** Sends a request as the current user and returns the JSON of the response. @throws Problem */
export type Call = <Reply>(request: ServiceRequest) => Promise<Reply>;

/** Who sends a request, and from where. */
export interface Caller {
  accessToken: string | null;
  requestId: string;
  ip: string;
  userAgent: string;
  /** The language for documents and emails. */
  language: string;
  /** Whether a page reloads itself: that is no user who opens it. */
  isPassive: boolean;
}

/** Longer than any call should take, shorter than a user waits. */
const ANSWER_WITHIN_MS = 10_000;

const PLAIN_PATH = /^\/api(?:\/[A-Za-z0-9._-]+)+$/;

/** How long a request is repeated while an earlier one with the same key is still running. */
const IN_PROGRESS_WITHIN_MS = 8_000;
const IN_PROGRESS_PAUSE_MS = 400;

/**
 * Sends one request and reads its whole answer. One with an idempotency key waits for an earlier one with the same key.
 * @throws Problem with the service's own code and texts; `unavailable` if it does not answer, or, for a request with a key,
 * `outcome_unknown`: it may have been carried out, and can be sent again with the same key
 */
export async function send<Reply>(
  service: Record<Lane, Dispatcher>,
  request: ServiceRequest,
  caller: Caller,
): Promise<Reply> {
  const isKeyed = request.idempotencyKey !== undefined;
  const giveUpAt = performance.now() + IN_PROGRESS_WITHIN_MS;
  for (;;) {
    try {
      return await sendOnce<Reply>(service, request, caller);
    } catch (error) {
      if (!isKeyed || !(error instanceof Problem)) throw error;
      const isInProgress = error.code === 'request_in_progress';
      if (error.status >= 500 || (isInProgress && performance.now() > giveUpAt)) throw outcomeUnknown(error);
      if (!isInProgress) throw error;
      await sleep(IN_PROGRESS_PAUSE_MS);
    }
  }
}

async function sendOnce<Reply>(
  service: Record<Lane, Dispatcher>,
  request: ServiceRequest,
  caller: Caller,
): Promise<Reply> {
  try {
    const { status, headers, text } = await inCall(request, async (span) => {
      const answer = await receive(service[laneOf(request)], dispatchOf(request, caller));
      span.set({ 'http.response.status_code': answer.status });
      return answer;
    });
    if (status >= 400) throw problemFrom(status, headers, text);
    return (status === 204 ? null : JSON.parse(text)) as Reply;
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw connectionLost(error);
  }
}

/** Sends a request as a span of the page's trace. */
function inCall<Reply>({ method = 'GET', path }: ServiceRequest, work: (span: Span) => Promise<Reply>) {
  const destination = destinationOf(path);
  const service = typeof destination === 'object' ? destination.to : destination;
  return inSpan(`${method} ${service}`, callTo(service, method), work);
}

interface ReceivedAnswer {
  status: number;
  headers: Headers;
  text: string;
}

type Headers = Record<string, string | string[] | undefined>;

// Not undici's request(): its stream costs more CPU than the rest of a call, and a page makes up to a dozen of them.
/** Reads a whole answer. */
function receive(lane: Dispatcher, options: Dispatcher.DispatchOptions): Promise<ReceivedAnswer> {
  return new Promise((resolve, reject) => {
    const answer: ReceivedAnswer = { status: 0, headers: {}, text: '' };
    const chunks: Buffer[] = [];
    lane.dispatch(options, {
      // undici takes a handler without it for one of its old kind.
      onRequestStart() {},
      onResponseStart(_controller, status, headers) {
        answer.status = status;
        answer.headers = headers;
      },
      onResponseData(_controller, chunk) {
        chunks.push(chunk);
      },
      onResponseEnd() {
        const [first = ''] = chunks;
        answer.text = (chunks.length > 1 ? Buffer.concat(chunks) : first).toString();
        resolve(answer);
      },
      onResponseError(_controller, error) {
        reject(error);
      },
    });
  });
}

function connectionLost(error: unknown): Problem {
  return problems.unavailable(undefined, {
    internal: `no answer: ${(error as Error).message}`,
    cause: error,
  });
}

function outcomeUnknown(cause: Problem): Problem {
  return new Problem('outcome_unknown', 503, 'The bank didn’t answer in time', {
    internal: cause.message,
    cause,
  });
}

/**
 * Sends one request and leaves the answer's body to be streamed.
 * @throws Problem `unavailable` if the service does not answer
 */
export async function open(
  service: Record<Lane, Dispatcher>,
  request: ServiceRequest,
  caller: Caller,
  options: { signal?: AbortSignal; bodyTimeout?: number; accept?: string; lastEventId?: string } = {},
): Promise<Dispatcher.ResponseData> {
  const { accept, lastEventId, ...dispatch } = options;
  try {
    return await inCall(request, async (span) => {
      const { headers, ...common } = dispatchOf(request, caller);
      const answer = await service[laneOf(request)].request({
        ...common,
        headers: {
          ...headers,
          ...(accept === undefined ? {} : { accept }),
          ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
        },
        ...dispatch,
      });
      span.set({ 'http.response.status_code': answer.statusCode });
      return answer;
    });
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw connectionLost(error);
  }
}

/** The Problem that a service answered with. */
export async function problemOf(answer: Dispatcher.ResponseData): Promise<Problem> {
  return problemFrom(answer.statusCode, answer.headers, await answer.body.text().catch(() => ''));
}

function problemFrom(status: number, headers: Headers, text: string): Problem {
  const { code, title, detail, errors, sign_in, methods } = parseProblem(text);
  const retryAfter = headers['retry-after'];
  return new Problem(code ?? 'internal_error', status, title ?? 'Request failed', {
    detail: detail ?? undefined,
    errors,
    headers: typeof retryAfter === 'string' ? { 'Retry-After': retryAfter } : {},
    members: {
      ...(sign_in === undefined ? {} : { sign_in }),
      ...(methods === undefined ? {} : { methods }),
    },
  });
}

/** A path with its query; empty values are left out, so that an unused filter is not sent. */
export function withQuery(path: string, query: Query = {}): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') given.set(name, String(value));
  }
  return given.size === 0 ? path : `${path}?${given}`;
}

function laneOf(request: ServiceRequest): Lane {
  return request.lane ?? 'calls';
}

function dispatchOf(request: ServiceRequest, caller: Caller) {
  // Ids in paths come from URLs that users can edit; none may lead to another route.
  if (!PLAIN_PATH.test(request.path) || request.path.includes('..')) throw problems.not_found();
  return {
    method: request.method ?? 'GET',
    path: withQuery(request.path, request.query),
    headers: headersOf(request, caller),
    body: request.file ?? (request.body === undefined ? null : JSON.stringify(request.body)),
    headersTimeout: request.answerWithinMs ?? ANSWER_WITHIN_MS,
  };
}

function headersOf(request: ServiceRequest, caller: Caller): Record<string, string> {
  return {
    accept: 'application/json',
    'x-request-id': caller.requestId,
    'x-forwarded-for': caller.ip,
    'user-agent': caller.userAgent,
    'accept-language': caller.language,
    ...(caller.isPassive ? { 'x-guichet-passive': 'yes' } : {}),
    ...traceHeaders(),
    ...(caller.accessToken === null ? {} : { authorization: `Bearer ${caller.accessToken}` }),
    ...(request.file === undefined ? {} : { 'content-type': 'application/xml' }),
    ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(request.idempotencyKey === undefined ? {} : { 'idempotency-key': request.idempotencyKey }),
  };
}

function parseProblem(text: string): Partial<ProblemBody> {
  try {
    return JSON.parse(text) as Partial<ProblemBody>;
  } catch {
    return {};
  }
}
