// A small service with every kind of route, for the tests of this package.
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Id, listOf, paging } from '@guichet/contract';
import { isUnavailable } from '@guichet/database';
import { refusals } from '@guichet/errors';
import { createLog } from '@guichet/log';
import { testTokens } from '@guichet/testing';
import { z } from 'zod';
import { open, peer, session, token } from './access.ts';
import { createApp } from './app.ts';
import { readCursor, toCursor } from './cursor.ts';
import { PeerUnreachableError } from './peer.ts';
import { created, noContent, ok, streamed } from './reply.ts';
import { type Handling, route } from './route.ts';

const refuse = refusals({ sold_out: [409, 'Nothing is left'], gone: [410, 'Gone'] });
const Kind = z.enum(['tea', 'coffee']).meta({ id: 'Kind' });
const ThingView = z.object({ id: z.string(), kind: Kind, amount: z.int() }).meta({ id: 'Thing' });
const NewThing = z.strictObject({
  kind: Kind,
  amount: z.int().min(1),
  notes: z.array(z.strictObject({ text: z.string().max(5) })).optional(),
});

/** The requests that the handlers got, the last first, and the error that some of them throw. */
export const seen: Handling[] = [];
export const failing: { with: unknown } = { with: null };
const keep = (request: unknown) => void seen.unshift(request as Handling);

export const routes = [
  route({
    method: 'GET',
    path: '/api/things',
    summary: 'List things',
    access: open(),
    query: z.strictObject({ ...paging, kind: Kind.optional(), q: z.string().optional() }),
    replies: { 200: listOf(ThingView) },
    handle: async (request) => {
      keep(request);
      const after =
        request.query.cursor === undefined ? [0] : readCursor(request.query.cursor, z.tuple([z.int()]));
      return ok({ items: [], next: toCursor(after) });
    },
  }),
  route({
    method: 'GET',
    path: '/api/price-list',
    summary: 'Get the prices',
    access: open(),
    replies: { 200: z.object({ tea: z.int() }), 304: null },
    handle: async () => ok({ tea: 3 }, { ETag: '"1"', 'Cache-Control': 'public, max-age=60' }),
  }),
  route({
    method: 'POST',
    path: '/api/things',
    aliases: ['/api/choses'],
    summary: 'Make a thing',
    access: token({ scope: 'operations:write' }),
    body: NewThing,
    replies: { 201: ThingView },
    refusals: [refuse.sold_out],
    handle: async (request) => {
      keep(request);
      if (request.body.amount > 100) throw refuse.sold_out('at most 100');
      return created({ id: 'x', kind: request.body.kind, amount: request.body.amount });
    },
  }),
  route({
    method: 'GET',
    path: '/api/things/:id',
    summary: 'One thing',
    access: token({ anyOf: ['accounts:read', 'logs:read'] }),
    params: z.object({ id: Id }),
    replies: { 200: ThingView },
    handle: async (request) => {
      keep(request);
      return ok({ id: request.params.id, kind: 'tea', amount: 1 });
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/things/:id',
    summary: 'Remove a thing',
    access: token({ scope: 'operations:decide' }),
    params: z.object({ id: Id }),
    replies: { 204: null },
    handle: async () => noContent(),
  }),
  // After /:id, which must not match it.
  route({
    method: 'GET',
    path: '/api/things/best',
    summary: 'The best thing',
    access: open(),
    replies: { 200: ThingView },
    handle: async () => ok({ id: 'best', kind: 'tea', amount: 1 }),
  }),
  route({
    method: 'POST',
    path: '/api/operations/decisions',
    summary: 'Make a thing once, from a larger body',
    access: token({ scope: 'operations:write' }),
    body: NewThing,
    idempotent: true,
    replies: { 201: ThingView },
    handle: async (request) => {
      keep(request);
      return created({ id: 'x', kind: request.body.kind, amount: request.body.amount });
    },
  }),
  route({
    method: 'POST',
    path: '/api/ping',
    summary: 'Takes no body',
    access: open(),
    replies: { 204: null },
    handle: async () => noContent(),
  }),
  route({
    method: 'POST',
    path: '/api/notes',
    summary: 'All of its fields are optional',
    access: open(),
    body: z.strictObject({ text: z.string().optional() }),
    replies: { 204: null },
    handle: async (request) => {
      keep(request);
      return noContent();
    },
  }),
  route({
    method: 'POST',
    path: '/api/sessions',
    summary: 'For who is signed in',
    access: session(),
    replies: { 204: null },
    handle: async () => noContent(),
  }),
  route({
    method: 'GET',
    path: '/api/fails',
    summary: 'Throws',
    access: open(),
    replies: { 200: z.object({}) },
    refusals: [refuse.gone],
    handle: async () => {
      throw failing.with;
    },
  }),
  route({
    method: 'GET',
    path: '/api/wrong',
    summary: 'Replies with what it does not declare',
    access: open(),
    query: z.strictObject({ as: z.enum(['type', 'field', 'status', 'header']) }),
    replies: { 200: ThingView },
    handle: async ({ query }) => {
      // The compiler refuses all but the header; the tests of the contract client need them.
      if (query.as === 'status') return created({ id: 'x', kind: 'tea', amount: 1 }) as never;
      if (query.as === 'header') return ok({ id: 'x', kind: 'tea', amount: 1 }, { 'X-Note': 'a\nb' });
      if (query.as === 'type') return ok({ id: 'x', kind: 'tea', amount: '1' }) as never;
      return ok({ id: 'x', kind: 'milk', amount: 1 }) as never;
    },
  }),
  route({
    method: 'GET',
    path: '/api/slow',
    summary: 'Takes its time',
    access: open(),
    headers: z.object({ 'x-pace': z.string().max(10).optional() }),
    replies: { 200: z.object({ done: z.boolean() }) },
    handle: async (request) => {
      keep(request);
      await sleep(400);
      return ok({ done: true });
    },
  }),
  route({
    method: 'GET',
    path: '/api/export',
    summary: 'A stream',
    access: open(),
    replies: { 200: 'text/csv' },
    handle: async () => streamed('text/csv; charset=utf-8', Readable.from(['a,b\n', '1,2\n'])),
  }),
  route({
    method: 'GET',
    path: '/internal/any',
    summary: 'Between services',
    access: peer(),
    replies: { 200: z.object({ internal: z.boolean() }) },
    handle: async () => ok({ internal: true }),
  }),
  route({
    method: 'GET',
    path: '/internal/auth-only',
    summary: 'For auth alone',
    access: peer('auth'),
    replies: { 200: z.object({ internal: z.boolean() }) },
    handle: async () => ok({ internal: true }),
  }),
];

/** The service, its tokens, the lines of its log and the refused tokens that it reported. */
export function buildShop() {
  const tokens = testTokens();
  const lines: string[] = [];
  const denied: { user: string; route: string }[] = [];
  const missing: string[] = [];
  const app = createApp({
    name: 'shop',
    title: 'Shop',
    routes,
    openapiPath: '/api/shop/openapi.json',
    log: createLog({ service: 'shop', level: 'debug' }, { write: (line) => void lines.push(line) }),
    verify: tokens.verify,
    ready: async () => missing,
    isUnavailable,
    onDenied: async ({ userId }, request) => void denied.push({ user: userId, route: request.route }),
  });
  return { app, tokens, lines, denied, missing };
}

export { PeerUnreachableError };
