import type { IncomingHttpHeaders } from 'node:http';
import { bodyBytesMax, type Language } from '@guichet/contract';
import type { Refusal } from '@guichet/errors';
import type { Log } from '@guichet/log';
import type { Caller } from '@guichet/tokens';
import { z } from 'zod';
import type { Access } from './access.ts';
import type { Replies, Reply, ReplyOf, StreamedReply } from './reply.ts';

/** The body of a route that takes XML: the bytes of the file, which the handler reads. */
export const XmlFile = z.custom<Buffer>((given) => Buffer.isBuffer(given));

type Schema = z.ZodType;
type Output<Given> = Given extends Schema ? z.output<Given> : undefined;

/** A validated request with its caller, for a handler. */
export interface Handling<Params = unknown, Query = unknown, Body = unknown, Who = Caller> {
  params: Params;
  query: Query;
  body: Body;
  /** Null on open and peer routes. */
  caller: Who;
  correlationId: string;
  /** The client's address, as the edge saw it. */
  ip: string;
  userAgent: string | null;
  headers: IncomingHttpHeaders;
  /** Whether it is a HEAD request, whose client gets nothing of the body. */
  isHead: boolean;
  /** The language that a document for this client is written in, by Accept-Language. */
  language: Language;
  /** The validated Idempotency-Key; null if the request has none or the route does not take one. */
  idempotencyKey: string | null;
  /** The path's template, the name of the route in metrics and idempotency. */
  route: string;
  /** Aborted when the client disconnects. */
  clientAborted: AbortSignal;
  log: Log;
}

interface RouteSpec<
  Params extends Schema | undefined,
  Query extends Schema | undefined,
  Body extends Schema | undefined,
  Who extends Access,
  Declared extends Replies,
> {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** In the router's form: `/api/accounts/:id`. */
  path: string;
  /** Older names of the same route. */
  aliases?: readonly string[];
  summary: string;
  access: Who;
  params?: Params;
  query?: Query;
  body?: Body;
  /** Whether the handler replays its reply to a request with the same Idempotency-Key. */
  idempotent?: boolean;
  /** Other request headers that the handler reads, by lower-case name. */
  headers?: z.ZodObject;
  /** The replies by status. */
  replies: Declared;
  refusals?: readonly Refusal[];
  handle: (
    request: Handling<
      Output<Params>,
      Output<Query>,
      Output<Body>,
      Who extends { kind: 'token' } ? Caller : null
    >,
  ) => Promise<ReplyOf<Declared>>;
}

/** A route without its types, as the application mounts it. */
export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  aliases: readonly string[];
  summary: string;
  access: Access;
  params: Schema | undefined;
  query: Schema | undefined;
  body: Schema | undefined;
  /** In bytes, as the contract sets it for the method and path. */
  bodyLimit: number;
  idempotent: boolean;
  headers: z.ZodObject | undefined;
  replies: Replies;
  refusals: readonly Refusal[];
  handle: (request: Handling<never, never, never, never>) => Promise<Reply | StreamedReply>;
}

/**
 * Declares a route: its input, its access, its replies and its handler, whose argument is typed by the schemas. The same declaration
 * validates requests and describes them in the OpenAPI document.
 */
export function route<
  Who extends Access,
  const Declared extends Replies,
  Params extends Schema | undefined = undefined,
  Query extends Schema | undefined = undefined,
  Body extends Schema | undefined = undefined,
>(spec: RouteSpec<Params, Query, Body, Who, Declared>): Route {
  return {
    aliases: [],
    refusals: [],
    params: undefined,
    query: undefined,
    body: undefined,
    bodyLimit: bodyBytesMax(spec.method, spec.path),
    idempotent: false,
    headers: undefined,
    ...spec,
  } as unknown as Route;
}
