import { OPERATION_KINDS, OPERATION_STATUSES } from '@guichet/contract';
import { isOperationStep, LOG_ACTIONS, type LogAction } from '@guichet/contract/events';
import type { LogEntry } from '@guichet/contract/logging';
import test from 'ava';
import { LOCALES, type Locale, loadTranslations } from '../../i18n.ts';
import { createViews } from '../../rendering/views.ts';
import { buildLogEntry, buildUser } from '../../testing/fixtures.ts';
import { sentenceToReader } from './sentence-to-reader.ts';

const views = createViews(
  await loadTranslations(),
  { href: (name) => name, serve: (_ctx, next) => next() },
  { bankName: 'Guichet', timeZone: 'Europe/Paris', idleMinutes: 15, publicUrl: 'http://localhost' },
);
const alice = buildUser('alice', 'member');
const bruno = buildUser('bruno', 'agent');
const carol = buildUser('carol', 'member');
const say = (actor: typeof alice | null, changes: Partial<LogEntry>, locale: Locale = 'en') =>
  sentenceToReader(views, locale, buildLogEntry(1, actor, changes), alice.id);
const transfer = { type: 'external_transfer', status: 'pending', amount: 12_000, currency: 'EUR' };
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
/** Of services, about no user. */
const NOT_FOR_MEMBERS = ['SERVICE_WARNING', 'SERVICE_ERROR'];

test('what readers did is said to them, and what others did names them', (t) => {
  t.is(say(alice, { data: transfer }), 'You requested a transfer of €120.00');
  t.regex(say(alice, { data: transfer }, 'fr'), /^Vous avez demandé un virement de 120,00\s€$/u);
  const posted = { ...transfer, status: 'posted' };
  t.is(say(bruno, { data: posted }), 'bruno approved a transfer of €120.00');
  t.is(say(carol, { data: posted }), 'You received a transfer of €120.00');
  t.is(
    say(alice, { data: { ...posted, type: 'internal_transfer' } }),
    'You made a transfer of €120.00 between your accounts',
  );
});

test('an operation is said with the accounts and the payee, and its payee reads where it came from', (t) => {
  const named = {
    ...transfer,
    account_iban: 'FR7630099000010000000012375',
    payee: 'Zoé Martin',
    payee_iban: 'FR7630099000010000000034561',
  };
  t.is(
    say(alice, { data: named }),
    'You requested a transfer of €120.00 to Zoé Martin from the account ending in 2375',
  );
  t.is(
    say(carol, { data: { ...named, status: 'posted' } }),
    'You received a transfer of €120.00 from the account ending in 2375',
  );
  t.is(
    say(alice, { data: { ...named, type: 'internal_transfer', status: 'posted' } }),
    'You made a transfer of €120.00 from your account ending in 2375 to your account ending in 4561',
  );
  t.is(
    say(bruno, { action: 'LIMITS_CHANGED', data: { account_name: 'Holidays' } }),
    'bruno changed the limits of your account “Holidays”',
  );
  t.is(
    say(alice, { action: 'ACCOUNT_RENAMED', data: { name: 'Holidays', name_before: 'Everyday' } }),
    'You renamed the account “Everyday” to “Holidays”',
  );
});

test('a sign-in names its device, and a failed one says what was wrong', (t) => {
  const signIn = { action: 'LOGIN', data: { user_agent: FIREFOX } };
  t.is(say(alice, signIn), 'You signed in from Firefox on Linux');
  t.is(say(alice, signIn, 'fr'), 'Connexion à votre espace depuis Firefox sous Linux');
  t.is(say(alice, { action: 'LOGIN', data: { user_agent: null } }), 'You signed in');
  const failed = (reason: unknown) => say(null, { action: 'LOGIN_FAILED', data: { reason } });
  t.is(failed('wrong_password'), 'Someone entered a wrong password for you');
  t.is(failed('a_newer_reason'), 'Someone tried to sign in as you');
  t.is(failed('constructor.name $t(common.yes)'), 'Someone tried to sign in as you');
  t.is(
    say(null, { action: 'USER_REGISTERED', level: 'WARNING', data: {} }),
    'Someone tried to register with your email address',
  );
});

test('every action that members may see has a sentence in every language', (t) => {
  for (const locale of LOCALES) {
    for (const action of Object.keys(LOG_ACTIONS) as LogAction[]) {
      // A step of an operation always has its kind and status, and is held below.
      if (NOT_FOR_MEMBERS.includes(action) || isOperationStep(action)) continue;
      for (const actor of [alice, bruno, null]) {
        const sentence = say(actor, { action, data: { name: 'Zoé', command: 'x' } }, locale);
        t.not(sentence, views.t(locale, `actions.${action}`, ''), `${locale} ${action}`);
        t.notRegex(sentence, /\{\{|undefined|null|requested a transfer of EUR|[A-Z]_[A-Z]/, action);
      }
    }
    for (const type of OPERATION_KINDS) {
      for (const status of [...OPERATION_STATUSES, 'scheduled', 'postponed']) {
        const data = { type, status, amount: 100, currency: 'EUR' };
        const sentence = say(alice, { action: 'X', data }, locale);
        t.notRegex(sentence, /\{\{|undefined|null|requested a transfer of EUR/, `${type} ${status}`);
        // No user requests a payment from another bank.
        if (type !== 'incoming_payment' && ['pending', 'posted', 'cancelled'].includes(status))
          t.regex(sentence, /^(?:You|Vous) /);
      }
    }
  }
});
