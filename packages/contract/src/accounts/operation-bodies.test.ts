import test from 'ava';
import { z } from 'zod';
import { NewOperation, OPERATION_BODIES } from './operation-bodies.ts';

test('POST /api/operations takes every body that names its kind in type', (t) => {
  const named = Object.entries(OPERATION_BODIES)
    .filter(([kind, body]) => {
      const { type } = (body?.shape ?? {}) as { type?: unknown };
      return type instanceof z.ZodLiteral && type.value === kind;
    })
    .map(([kind]) => kind);
  const accepted = NewOperation.options.map(({ shape }) => shape.type.value);
  t.deepEqual([...accepted].sort(), named.sort());
});
