import { Readable } from 'node:stream';
import { problems } from '@guichet/errors';
import test from 'ava';
import { z } from 'zod';
import { open } from './access.ts';
import { accepted, created, noContent, ok, streamed } from './reply.ts';
import { route } from './route.ts';

// Checked by the compiler: each @ts-expect-error below is an error of `npm run check` if its line compiles.

const ThingView = z.object({ id: z.string(), size: z.int(), tags: z.array(z.string()) });
const thing = { id: 'x', size: 1, tags: ['a'] as const };
const named = { method: 'GET', path: '/thing', summary: 'A thing', access: open() } as const;
const csv = () => Readable.from(['a,b\n']);

test('a handler that returns what its route declares compiles', (t) => {
  const routes = [
    route({ ...named, replies: { 200: ThingView }, handle: async () => ok(thing) }),
    route({ ...named, replies: { 201: ThingView }, handle: async () => created(thing) }),
    route({ ...named, replies: { 202: null }, handle: async () => accepted() }),
    route({ ...named, replies: { 204: null }, handle: async () => noContent() }),
    route({ ...named, replies: { 200: 'text/csv' }, handle: async () => streamed('text/csv', csv()) }),
    route({
      ...named,
      replies: { 200: [ThingView, 'text/csv'], 202: ThingView },
      query: z.strictObject({ as: z.enum(['json', 'csv', 'later', 'problem']) }),
      handle: async ({ query }) => {
        if (query.as === 'problem') throw problems.not_found();
        if (query.as === 'csv') return streamed('text/csv; charset=utf-8', csv());
        return query.as === 'later' ? accepted(thing) : ok(thing, { 'Cache-Control': 'no-store' });
      },
    }),
  ];
  t.is(routes.length, 6);
});

test('a handler that returns anything else does not compile', (t) => {
  const routes = [
    // @ts-expect-error: a field of another type
    route({ ...named, replies: { 200: ThingView }, handle: async () => ok({ ...thing, size: '1' }) }),
    // @ts-expect-error: a field is missing
    route({ ...named, replies: { 200: ThingView }, handle: async () => ok({ id: 'x', size: 1 }) }),
    // @ts-expect-error: a body that may be missing
    route({ ...named, replies: { 200: ThingView }, handle: async () => ok([thing].at(0)) }),
    // @ts-expect-error: a status that is not declared
    route({ ...named, replies: { 200: ThingView }, handle: async () => created(thing) }),
    // @ts-expect-error: no body where one is declared
    route({ ...named, replies: { 202: ThingView }, handle: async () => accepted() }),
    // @ts-expect-error: a body where none is declared
    route({ ...named, replies: { 202: null }, handle: async () => accepted(thing) }),
    // @ts-expect-error: another media type
    route({ ...named, replies: { 200: 'text/csv' }, handle: async () => streamed('text/html', csv()) }),
    // @ts-expect-error: JSON where a media type is declared
    route({ ...named, replies: { 200: 'text/csv' }, handle: async () => ok(thing) }),
  ];
  t.is(routes.length, 8);
});
