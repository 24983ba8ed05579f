import type { Role } from '@guichet/contract';
import { newId } from '@guichet/database';
import test from 'ava';
import fc from 'fast-check';
import { Email, maySee, maySupervise, PersonName, tombstoneName, Username } from './rules.ts';

test('a username has 3 to 32 of a–z 0–9 . _ -, a letter first, and its case does not matter', (t) => {
  for (const good of ['abc', 'a.b', 'Marie-Claire_2', `a${'9'.repeat(31)}`]) {
    t.is(Username.parse(good), good.toLowerCase());
  }
  for (const bad of ['ab', '1abc', '.abc', 'a b c', 'élodie', 'a@b', `a${'9'.repeat(32)}`, '', 'abc\n']) {
    t.false(Username.safeParse(bad).success, JSON.stringify(bad));
  }
});

test('property: a username that is taken stays the same when it is taken again', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        const parsed = Username.safeParse(text);
        return !parsed.success || Username.parse(parsed.data) === parsed.data;
      }),
    ),
  );
});

test('nobody can register the name that a forgotten person leaves', (t) => {
  t.false(Username.safeParse(tombstoneName(newId())).success);
  t.true(tombstoneName(newId()).length <= 32);
});

test('names hold what people are called, and no control characters', (t) => {
  t.is(PersonName.parse("  Zoë O'Brien-Ñandú "), "Zoë O'Brien-Ñandú");
  t.false(PersonName.safeParse('Eve\r\nBcc: all').success);
  t.false(PersonName.safeParse('   ').success);
  t.false(Email.safeParse('not an address').success);
});

test('agents decide about members, the superuser about both, nobody about themselves', (t) => {
  const person = (role: Role) => ({ id: newId(), role });
  const cases: [Role, Role, boolean, boolean][] = [
    ['agent', 'member', true, true],
    ['agent', 'agent', false, false],
    ['agent', 'superuser', false, false],
    ['superuser', 'member', true, true],
    ['superuser', 'agent', true, true],
    ['superuser', 'superuser', true, false],
    ['member', 'member', false, false],
  ];
  for (const [by, of, sees, supervises] of cases) {
    t.is(maySee(person(by), person(of)), sees, `${by} sees ${of}`);
    t.is(maySupervise(person(by), person(of)), supervises, `${by} supervises ${of}`);
  }
  const superuser = person('superuser');
  t.false(maySupervise(superuser, superuser));
});
