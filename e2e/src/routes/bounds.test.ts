import { bodyBytesMax, text } from '@guichet/contract';
import { XmlFile } from '@guichet/http';
import test from 'ava';
import { z } from 'zod';
import { unboundedIn } from './bounds.ts';
import { EVERY_ROUTE } from './every-route.ts';

test('unbounded fields are found at every level of a schema', (t) => {
  const bounded = z.strictObject({
    a: text(5).trim().regex(/x/).nullish(),
    b: z.array(z.union([z.int(), z.enum(['x'])])).max(3),
    c: text(3)
      .transform((value) => value.normalize())
      .pipe(z.string())
      .default('x'),
    d: z.record(text(3), z.boolean()),
  });
  t.deepEqual(unboundedIn(bounded), []);
  for (const loose of [
    z.string(),
    text(5).regex(/^[a-f]$/i),
    z.string().regex(/^x{1,3}$/),
    z.string().max(5),
    z.string().trim().max(5, { abort: true }),
    z.email().max(5, { abort: true }),
    z.iso.date(),
    z.array(text(5)),
    z.array(z.string()).max(5),
    z.record(z.string(), text(5)),
    z.unknown(),
    z.number(),
    z.string().transform((value) => value.normalize()),
    z.strictObject({ a: z.union([z.null(), z.string()]).optional() }),
  ]) {
    t.true(unboundedIn(loose).length > 0, JSON.stringify(loose._zod.def));
  }
});

for (const { name, service, route } of EVERY_ROUTE) {
  test(`${service}: ${name} has bounds for every field of its requests`, (t) => {
    t.is(route.bodyLimit, bodyBytesMax(route.method, route.path));
    for (const part of ['body', 'query', 'params', 'headers'] as const) {
      const schema = route[part];
      // The limit of a file is that of the body; its reader has limits of its own.
      if (schema === undefined || schema === XmlFile) continue;
      t.deepEqual(unboundedIn(schema, part), []);
      // Unknown headers are ignored; any other unknown input is refused.
      const def = schema._zod.def as { type: string; catchall?: { _zod: { def: { type: string } } } };
      if (part !== 'params' && part !== 'headers' && def.type === 'object')
        t.is(def.catchall?._zod.def.type, 'never', `${part} accepts unknown fields`);
    }
  });
}

test('exactly the routes of accounts that change something, and the one that adds a note, accept an Idempotency-Key', (t) => {
  for (const { name, service, route } of EVERY_ROUTE) {
    const isExpected =
      name === 'POST /api/auth/users/:id/notes' ||
      (service === 'accounts' && ['POST', 'PUT'].includes(route.method) && route.access.kind !== 'peer');
    t.is(route.idempotent, isExpected, name);
  }
});
