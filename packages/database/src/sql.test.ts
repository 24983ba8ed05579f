import test from 'ava';
import { allOf, anyOf, identifier, join, sql } from './sql.ts';

test('values are quoted, pieces of SQL are not', (t) => {
  const where = sql`name = ${"O'Brien"}`;
  t.is(
    sql`SELECT * FROM ${identifier('a`b')} WHERE ${where}`.text,
    "SELECT * FROM `a``b` WHERE name = 'O\\'Brien'",
  );
});

test('lists are written with commas, lists of lists as tuples', (t) => {
  t.is(sql`id IN (${['a', 'b']})`.text, "id IN ('a','b')");
  t.is(sql`(a, b) IN (${[[1, 'x'], [2, null]]})`.text, "(a, b) IN ((1,'x'),(2,NULL))");
});

test('an empty list matches nothing, and is refused after NOT IN', (t) => {
  t.is(sql`id IN (${[]})`.text, 'id IN (NULL)');
  t.throws(() => sql`id NOT IN (${[]})`, { message: /NOT IN of an empty list/ });
});

test('an invalid value is refused', (t) => {
  t.throws(() => sql`id = ${undefined as never}`, { message: 'a query lacks a value' });
  t.throws(() => sql`id = ${{} as never}`, { message: 'a query lacks a value' });
  t.throws(() => sql`id = ${Number.NaN}`, { instanceOf: RangeError });
});

test('conditions are combined', (t) => {
  t.is(allOf(sql`a = ${1}`, undefined, sql`b = 2 OR c = 3`).text, '(a = 1) AND (b = 2 OR c = 3)');
  t.is(allOf(undefined).text, '1 = 1');
  t.is(anyOf(sql`a = 1`, sql`b = 2`).text, '((a = 1) OR (b = 2))');
  t.is(anyOf().text, '1 = 0');
  t.is(join([sql`a`, sql`b`], sql` UNION ALL `).text, 'a UNION ALL b');
});
