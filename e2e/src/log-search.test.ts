import { OPERATION_KINDS, OPERATION_STATUSES } from '@guichet/contract';
import { LOG_ACTIONS, type LogAction } from '@guichet/contract/events';
import type { LogEntry } from '@guichet/contract/logging';
import test from 'ava';
import { LOCALES, loadTranslations } from '../../frontend/src/i18n.ts';
import { findSentence, nameOf } from '../../frontend/src/pages/logs/sentence.ts';
import { sentenceToReader } from '../../frontend/src/pages/logs/sentence-to-reader.ts';
import { createViews } from '../../frontend/src/rendering/views.ts';
import { buildLogEntry, buildUser } from '../../frontend/src/testing/fixtures.ts';
import { foldedWords } from '../../services/logging/src/search/fold.ts';
import { matches } from '../../services/logging/src/search/match-entry.ts';

const views = createViews(
  await loadTranslations(),
  { href: (name) => name, serve: (_ctx, next) => next() },
  { bankName: 'Guichet', timeZone: 'Europe/Paris', idleMinutes: 15, publicUrl: 'http://localhost' },
);
const [alice, bruno] = [buildUser('alice', 'member'), buildUser('bruno', 'agent')];

/** Data with everything that a sentence can name. */
const DATA = {
  amount: 123_456_789,
  from: 0,
  to: 50_000,
  currency: 'EUR',
  account_name: 'Vacances',
  account_iban: 'FR7630099000010000000012375',
  payee: 'Zoé Martin',
  payee_iban: 'DE89370400440532013000',
  name: 'Épargne',
  name_before: 'Livret',
  username: 'chloé',
  command: 'sessions',
  version: '1.2.3',
  template: 'password_changed',
  code: 'insufficient_funds',
};

const ENTRIES: LogEntry[] = (Object.keys(LOG_ACTIONS) as LogAction[]).flatMap((action) => {
  const given = LOG_ACTIONS[action].data as readonly string[];
  const data = Object.fromEntries(Object.entries(DATA).filter(([field]) => given.includes(field)));
  const forms: Record<string, unknown>[] = given.includes('status')
    ? OPERATION_KINDS.flatMap((type) => OPERATION_STATUSES.map((status) => ({ ...data, type, status })))
    : [data];
  return [alice, bruno].flatMap((actor) =>
    LOG_ACTIONS[action].levels.flatMap((level) =>
      forms.map((one) => buildLogEntry(1, actor, { action, level, data: one })),
    ),
  );
});

// Quotation marks and colons stand beside names, which are apart in the log.
const wordsIn = (text: string) =>
  foldedWords(text.replaceAll(/[“”«»:]/g, ' ')).filter((word) => /[\p{L}\p{N}]/u.test(word));
const isFoundBy = (view: LogEntry, words: readonly string[], audience: 'staff' | 'member') =>
  matches({ view, template: view.message, names: [] }, words, { audience, usernames: new Map() });

test('an entry is found by every word that a page shows for it, in each language', (t) => {
  t.true(ENTRIES.length > 500);
  for (const entry of ENTRIES) {
    for (const locale of LOCALES) {
      const staff = findSentence(views, locale, entry) ?? entry.message;
      const member = sentenceToReader(views, locale, entry, alice.id);
      for (const word of [...wordsIn(staff), ...wordsIn(nameOf(views, locale, entry))])
        t.true(isFoundBy(entry, [word], 'staff'), `${entry.action}: ${word} of “${staff}”`);
      for (const word of wordsIn(member))
        t.true(isFoundBy(entry, [word], 'member'), `${entry.action}: ${word} of “${member}”`);
      t.true(isFoundBy(entry, wordsIn(staff), 'staff'));
    }
  }
});

test('an entry of another action is not found by the words of a sentence', (t) => {
  const login = buildLogEntry(1, bruno, { action: 'LOGIN', message: '', data: {} });
  for (const word of ['virement', 'transfer', 'refuse', 'insuffisant'])
    t.false(isFoundBy(login, [word], 'staff'), word);
});
