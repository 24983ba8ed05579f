import { DATA_FIELDS, LOG_ACTIONS, SLOT } from '@guichet/contract/events';
import { FORGOTTEN } from '@guichet/contract/logging';
import { newId } from '@guichet/database';
import test from 'ava';
import fc from 'fast-check';
import { buildEvent } from '../fixtures.ts';
import { readMessage, splitEvent } from './rules.ts';
import { newPersonKey, openPart, sealPart, secretOf } from './sealing.ts';

const PEOPLE = [newId(), newId(), newId()] as const;
const anyPerson = fc.constantFrom(...PEOPLE);
const anyText = fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.toWellFormed());
const anyField = fc.constantFrom(...Object.keys(DATA_FIELDS), 'of a newer release');
const anyEvent = fc
  .record({
    actor: fc.option(fc.record({ id: anyPerson, username: anyText, role: fc.constant('member' as const) })),
    action: fc.constantFrom(...Object.keys(LOG_ACTIONS)),
    subject: fc.option(
      fc.record({ type: fc.constantFrom('user', 'operation', 'customer_record'), id: anyPerson }),
    ),
    concerns: fc.array(anyPerson, { maxLength: 2 }),
    names: fc.array(fc.record({ of: anyPerson, text: anyText }), { maxLength: 4 }),
    data: fc.dictionary(anyField, fc.jsonValue()),
  })
  .map((event) => buildEvent({ ...event, message: event.names.map(() => SLOT).join(' then ') }));

test('what is sealed for persons, and what is not, make the whole event again', (t) => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      const { parts, data } = splitEvent(event);
      const opened = [...parts].map(([id, part]) => {
        const key = newPersonKey();
        return openPart(secretOf(key), event.id, id, sealPart(key, event.id, id, part));
      });
      // JSON has no -0.
      t.deepEqual(
        Object.assign({}, JSON.parse(JSON.stringify(data)), ...opened.map((part) => part.data)),
        JSON.parse(JSON.stringify(event.data)),
      );
      t.is(readMessage(event.message, opened), event.names.map(({ text }) => text).join(' then '));
      if (event.actor !== null) t.is(parts.get(event.actor.id)?.username, event.actor.username);
    }),
    { numRuns: 300 },
  );
});

test('a person’s part has what is about that person, and nothing about others', (t) => {
  const [actor, customer, other] = PEOPLE;
  const { parts, data } = splitEvent(
    buildEvent({
      actor: { id: actor, username: 'james', role: 'agent' },
      subject: { type: 'user', id: customer },
      concerns: [other],
      message: `${SLOT} rejected the registration of ${SLOT}.`,
      names: [
        { of: actor, text: 'james' },
        { of: customer, text: 'zoe' },
      ],
      data: { ip: '192.0.2.1', reason: 'no proof of address', status: 'rejected', invented: 1 },
    }),
  );
  t.deepEqual(Object.fromEntries(parts), {
    [actor]: { username: 'james', names: { 0: 'james' }, data: { ip: '192.0.2.1' } },
    [customer]: { names: { 1: 'zoe' }, data: { reason: 'no proof of address', invented: 1 } },
  });
  t.deepEqual(data, { status: 'rejected' });
});

test('of an event without an actor, the network address belongs to no person: it may be a stranger’s', (t) => {
  const { parts, data } = splitEvent(
    buildEvent({ subject: { type: 'user', id: PEOPLE[0] }, data: { ip: '192.0.2.1' } }),
  );
  t.is(parts.size, 0);
  t.deepEqual(data, { ip: '192.0.2.1' });
});

test('a part opens as no other person’s, in no other entry, and with no other key', (t) => {
  const [key, entry, person] = [newPersonKey(), newId(), PEOPLE[0]];
  const sealed = sealPart(key, entry, person, { username: 'zoe' });
  t.deepEqual(openPart(secretOf(key), entry, person, sealed), { username: 'zoe' });
  t.throws(() => openPart(secretOf(newPersonKey()), entry, person, sealed));
  t.throws(() => openPart(secretOf(key), newId(), person, sealed));
  t.throws(() => openPart(secretOf(key), entry, PEOPLE[1], sealed));
  t.throws(() => openPart(secretOf(key), entry, person, sealed.slice(0, 8)));
});

test('a text without its person is shown as that of a deleted user', (t) => {
  t.is(readMessage(`${SLOT} deleted ${SLOT}.`, [{ names: { 0: 'james' } }]), `james deleted ${FORGOTTEN}.`);
});
