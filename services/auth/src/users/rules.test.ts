import type { Role } from '@guichet/contract';
import { tombstoneName } from '@guichet/contract';
import { Username } from '@guichet/contract/auth';
import { newId } from '@guichet/database';
import test from 'ava';
import { maySee, maySupervise } from './rules.ts';

test('no user can register the placeholder name of a deleted user', (t) => {
  t.false(Username.safeParse(tombstoneName(newId())).success);
  t.true(tombstoneName(newId()).length <= 32);
});

test('agents decide about members, a superuser about all others, and no user about themselves', (t) => {
  const person = (role: Role) => ({ id: newId(), role });
  const cases: [Role, Role, boolean, boolean][] = [
    ['agent', 'member', true, true],
    ['agent', 'agent', false, false],
    ['agent', 'superuser', false, false],
    ['superuser', 'member', true, true],
    ['superuser', 'agent', true, true],
    ['superuser', 'superuser', true, true],
    ['member', 'member', false, false],
  ];
  for (const [by, of, sees, supervises] of cases) {
    t.is(maySee(person(by), person(of)), sees, `${by} sees ${of}`);
    t.is(maySupervise(person(by), person(of)), supervises, `${by} supervises ${of}`);
  }
  const superuser = person('superuser');
  t.false(maySupervise(superuser, superuser));
});
