import { OPERATION_KINDS, OPERATION_STATUSES } from '@guichet/contract';
import { isOperationStep, LOG_ACTIONS, type LogAction } from '@guichet/contract/events';
import type { LogEntry } from '@guichet/contract/logging';
import test from 'ava';
import { LOCALES, type Locale, loadTranslations } from '../../i18n.ts';
import { createViews } from '../../rendering/views.ts';
import { buildLogEntry, buildUser } from '../../testing/fixtures.ts';
import { reasonOf, sentenceOf } from './sentence.ts';

const views = createViews(
  await loadTranslations(),
  { href: (name) => name, serve: (_ctx, next) => next() },
  { bankName: 'Guichet', timeZone: 'Europe/Paris', idleMinutes: 15, publicUrl: 'http://localhost' },
);
const bruno = buildUser('bruno', 'agent');
const say = (locale: Locale, changes: Partial<LogEntry>) =>
  sentenceOf(views, locale, buildLogEntry(1, bruno, changes));
const NAMELESS = ['SERVICE_WARNING', 'SERVICE_ERROR'];

test('an operation is named with its amount, and its actor by what they did', (t) => {
  const data = { type: 'external_transfer', status: 'posted', amount: 123_456, currency: 'EUR' };
  t.is(say('en', { action: 'TRANSFER_POSTED', data }), 'bruno approved a transfer of €1,234.56');
  t.regex(say('fr', { action: 'TRANSFER_POSTED', data }), /^bruno a approuvé un virement de 1\s234,56\s€$/u);
  const yen = { ...data, status: 'pending', amount: 5_000, currency: 'JPY' };
  t.is(say('en', { action: 'TRANSFER_REQUESTED', data: yen }), 'bruno requested a transfer of JP¥5,000');
});

test('an operation is said with its account and payee, if the entry has them', (t) => {
  const transfer = {
    type: 'external_transfer',
    status: 'pending',
    amount: 12_000,
    currency: 'EUR',
    account_iban: 'FR7630099000010000000012375',
    payee: 'Zoé Martin',
    payee_iban: 'DE89370400440532013000',
  };
  t.is(
    say('en', { action: 'TRANSFER_REQUESTED', data: transfer }),
    'bruno requested a transfer of €120.00 to Zoé Martin from the account ending in 2375',
  );
  t.regex(
    say('fr', { action: 'TRANSFER_REQUESTED', data: transfer }),
    /^bruno a demandé un virement de 120,00\s€ à Zoé Martin depuis le compte se terminant par 2375$/u,
  );
  const { payee: _, ...unnamed } = transfer;
  t.is(say('en', { action: 'TRANSFER_REQUESTED', data: unnamed }), 'bruno requested a transfer of €120.00');
  t.is(
    say('en', {
      action: 'TRANSFER_POSTED',
      data: { ...transfer, type: 'internal_transfer', status: 'posted' },
    }),
    'bruno approved a transfer of €120.00 from the account ending in 2375 to the one ending in 3000',
  );
  const opened = { type: 'open_account', status: 'posted', amount: null, account_name: 'Holidays' };
  t.is(say('en', { action: 'ACCOUNT_OPENED', data: opened }), 'bruno approved the new account “Holidays”');
  const overdraft = { account_name: 'Holidays', from: 0, to: 50_000, currency: 'EUR' };
  t.is(
    say('en', { action: 'OVERDRAFT_CHANGED', data: overdraft }),
    'bruno changed the overdraft of the account “Holidays” from €0.00 to €500.00',
  );
});

test('a transfer with a date is said with its day, and with why it could not be executed', (t) => {
  const data = { type: 'external_transfer', amount: 12_000, currency: 'EUR', execute_on: '2026-12-25' };
  const told = (changes: LogEntry['data'], actor: LogEntry['actor'] = null) =>
    say('en', { action: 'X', actor, data: { ...data, ...changes } });
  const agent = { id: bruno.id, username: 'bruno', role: 'agent' } as const;
  t.is(
    told({ status: 'scheduled', due_on: '2026-12-28' }, agent),
    'bruno approved a transfer of €120.00, to be executed on 28 Dec 2026',
  );
  t.is(
    told({ status: 'postponed', due_on: '2026-12-29', code: 'insufficient_funds' }),
    'It was not possible to execute a transfer of €120.00; it will be tried on 29 Dec 2026',
  );
  t.is(told({ status: 'posted' }), 'The bank executed a transfer of €120.00 on its day');
  t.is(
    told({ status: 'expired', code: 'insufficient_funds' }),
    'It was not possible to execute a transfer of €120.00: Insufficient funds',
  );
  t.is(told({ status: 'expired' }), 'No agent decided in time on a transfer of €120.00');
});

test('what was done to a customer names them, unless they were forgotten', (t) => {
  const activated = (data: LogEntry['data']) => say('en', { action: 'USER_ACTIVATED', data });
  t.is(activated({ username: 'alice' }), 'bruno activated alice’s access');
  t.is(activated({}), 'bruno activated the access');
});

test('every action, kind and status has a sentence in every language, without anything left to fill in', (t) => {
  for (const locale of LOCALES) {
    for (const action of Object.keys(LOG_ACTIONS) as LogAction[]) {
      const sentence = say(locale, { action, data: {} });
      const isName = sentence === views.t(locale, `actions.${action}`, '');
      // A step of an operation always has its kind and status.
      t.is(isName, isOperationStep(action) || NAMELESS.includes(action), `${locale} ${action}`);
      t.notRegex(sentence, /\{\{|undefined|null/, action);
    }
    for (const type of OPERATION_KINDS) {
      for (const status of [...OPERATION_STATUSES, 'scheduled', 'postponed']) {
        const sentence = say(locale, { action: 'X', data: { type, status, amount: 100, currency: 'EUR' } });
        t.notRegex(sentence, /\{\{|undefined|null|requested a transfer of EUR/, `${type} ${status}`);
      }
    }
  }
});

test('what only a newer release knows keeps the message of the log', (t) => {
  t.is(
    say('fr', {
      action: 'CARD_BLOCKED',
      message: 'A card was blocked',
      data: { type: 'card', status: 'posted' },
    }),
    'A card was blocked',
  );
  t.is(say('en', { action: 'TRANSFER_POSTED', data: { type: 'swap', status: 'posted' } }), 'Transfer posted');
});

test('a name that a user typed is never taken for a text of the catalog', (t) => {
  const data = { name: '$t(common.yes) {{actor}} <b>' };
  t.is(
    say('en', { action: 'BENEFICIARY_ADDED', data }),
    'bruno saved the payee $t(common.yes) {{actor}} <b>',
  );
});

test('a refused decision says on what, and why in words', (t) => {
  const data = { type: 'withdrawal', amount: 5_000, currency: 'EUR', decision: 'approve' };
  const refused = (locale: Locale, code: string) =>
    say(locale, { action: 'DECISION_REFUSED', data: { ...data, code } });
  t.is(
    refused('en', 'insufficient_funds'),
    'bruno could not decide on a withdrawal of €50.00: Insufficient funds',
  );
  t.regex(
    refused('fr', 'not_your_own_request'),
    /^bruno n’a pas pu se prononcer sur un retrait de 50,00\s€\s: Sa propre demande$/u,
  );
  t.is(
    refused('en', 'a_newer_rule'),
    'bruno could not decide on a withdrawal of €50.00: The rules don’t allow it',
  );
});

test('the reason of an agent is shown, the code of a failed sign-in is not', (t) => {
  const entry = (action: string, data: LogEntry['data']) =>
    reasonOf(buildLogEntry(1, bruno, { action, data }));
  t.is(entry('TRANSFER_REJECTED', { status: 'rejected', reason: 'No papers' }), 'No papers');
  t.is(entry('USER_DEACTIVATED', { reason: 'Lost phone' }), 'Lost phone');
  t.is(entry('USER_ACTIVATED', { reason: null }), null);
  t.is(entry('LOGIN_FAILED', { reason: 'wrong_password' }), null);
});
