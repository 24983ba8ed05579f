import { MAIL_KINDS, OPTIONAL_MAIL_KINDS } from '@guichet/contract';
import { MAIL_TEMPLATES, type MailTemplate } from '@guichet/contract/events';
import test from 'ava';
import fc from 'fast-check';
import { isWithheld } from './rules.ts';

const recipient = (refuses: readonly string[], isActive = true) => ({
  address: 'alice@example.org',
  name: 'Alice',
  language: 'en' as const,
  user: { id: 'u1', isActive, refuses, mailSecret: null },
});

test('whatever a user refuses, only mails of an optional kind are withheld', (t) => {
  const template = fc.constantFrom(...(Object.keys(MAIL_TEMPLATES) as MailTemplate[]));
  // Also kinds that no form offers, as a forged state of a user could have them.
  const refused = fc.uniqueArray(fc.oneof(fc.constantFrom(...Object.keys(MAIL_KINDS)), fc.string()));
  fc.assert(
    fc.property(template, refused, (name, kinds) => {
      const { kind } = MAIL_TEMPLATES[name];
      const isOptional = (OPTIONAL_MAIL_KINDS as string[]).includes(kind);
      t.is(isWithheld(name, recipient(kinds)), isOptional && kinds.includes(kind));
    }),
  );
});

test('every mail that opens access, or warns about it, is one that cannot be refused', (t) => {
  for (const [template, { kind, data }] of Object.entries(MAIL_TEMPLATES)) {
    if ('link' in data.shape) t.false((OPTIONAL_MAIL_KINDS as string[]).includes(kind), template);
  }
});

test('a mail to an address that a service gave is never withheld', (t) => {
  for (const template of Object.keys(MAIL_TEMPLATES)) {
    t.false(isWithheld(template, { ...recipient([]), user: null }), template);
  }
});

test('a digest is for active agents, and decisions also reach members who were deactivated', (t) => {
  t.true(isWithheld('agent_digest', recipient([], false)));
  t.false(isWithheld('agent_digest', recipient([])));
  t.false(isWithheld('operation_decided', recipient([], false)));
});
