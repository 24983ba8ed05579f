import { OPTIONAL_MAIL_KINDS } from '@guichet/contract';
import type { MAIL_TEMPLATES, MailTemplate } from '@guichet/contract/events';
import type { z } from 'zod';

/** Data with which a template is shown and tested. */
export interface MailExample<Template extends MailTemplate = MailTemplate> {
  readonly about: string;
  readonly data: z.input<(typeof MAIL_TEMPLATES)[Template]['data']>;
}

const at = '2026-11-30T08:12:00.000Z';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0';
const operation_id = '0199c0de-0000-7000-8000-000000000001';
/** As long as users may type them. */
const LONG = {
  account: 'Compte joint pour les dépenses de la maison et les vacances',
  name: 'Caisse autonome de retraite des médecins de France et des auxiliaires médicaux',
  reason:
    'We need a copy of the invoice and of the contract before we can pay a sum that is so much larger than what you usually send. Please bring both to the branch, or send them to your agent, and request the transfer again.',
};

/** The data that each template is shown with, also the least that it may have. Links lead to the bank at `publicUrl`. */
export function mailExamples(publicUrl: string): {
  readonly [Template in MailTemplate]: readonly MailExample<Template>[];
} {
  const link = (page: string) => `${publicUrl}/${page}?token=q3Zr8_example_kV1x-a&b=c`;
  const decided = { operation_id, amount: 123_456, currency: 'EUR' };
  const dated = {
    ...decided,
    outcome: 'scheduled' as const,
    execute_on: '2026-12-01',
    due_on: '2026-12-01',
    refusal: null,
    account_name: 'Everyday',
    counterparty: 'Camille Durand',
  };
  const standing = {
    ...decided,
    standing_order_id: operation_id,
    outcome: 'skipped' as const,
    execute_on: '2026-12-01',
    next_on: '2027-01-01',
    refusal: 'insufficient_funds' as const,
    account_name: 'Everyday',
    counterparty: 'Camille Durand',
  };
  return {
    registered: (['agent', 'link', 'nothing'] as const).map((awaits) => ({
      about: `waits for: ${awaits}`,
      data: { link: link('confirm-email'), awaits },
    })),
    activated: [{ about: 'an agent approved the registration', data: {} }],
    rejected: [
      { about: 'with a reason', data: { reason: 'The identity document can’t be read.' } },
      { about: 'without a reason', data: { reason: null } },
    ],
    deactivated: [
      { about: 'with a reason', data: { reason: 'At your request, by telephone' } },
      { about: 'without a reason', data: {} },
    ],
    deleted: [{ about: 'the user is deleted', data: {} }],
    new_device: [
      {
        about: 'with a link to stop it',
        data: { at, ip: '192.0.2.1', user_agent: FIREFOX, link: link('stop-sign-in') },
      },
      {
        about: 'the longest address',
        data: { at, ip: '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', user_agent: FIREFOX, link: null },
      },
      { about: 'the least', data: { at } },
    ],
    password_changed: [{ about: 'the password was changed', data: { at } }],
    email_taken: [{ about: 'the address belongs to a user already', data: {} }],
    agent_invited: (['agent', 'superuser'] as const).map((role) => ({
      about: `as ${role}`,
      data: { link: link('recover'), role },
    })),
    recover: [{ about: 'a forgotten password', data: { link: link('recover') } }],
    email_change: [{ about: 'to the new address', data: { link: link('confirm-email') } }],
    email_change_requested: [{ about: 'to the old address', data: { link: link('stop-email-change') } }],
    email_changed: [{ about: 'to the old address', data: {} }],
    totp_enabled: [{ about: 'set up', data: { at } }],
    totp_disabled: [{ about: 'turned off', data: { at } }],
    passkey_added: [
      { about: 'with its name', data: { at, name: 'The blue key' } },
      { about: 'to an unconfirmed address', data: { at } },
    ],
    passkey_removed: [
      { about: 'with its name', data: { at, name: 'The blue key' } },
      { about: 'to an unconfirmed address', data: { at } },
    ],
    second_factor_reset: [{ about: 'by an agent', data: { at } }],
    access_reset: [{ about: 'by an operator', data: { at } }],
    emails_refused: [
      { about: 'one kind', data: { at, kinds: ['decisions'] } },
      { about: 'all kinds', data: { at, kinds: OPTIONAL_MAIL_KINDS } },
    ],
    token_created: [
      { about: 'with its name', data: { at, name: 'Accounting', expires_at: '2027-11-30T08:12:00.000Z' } },
    ],
    operation_decided: [
      {
        about: 'posted',
        data: {
          ...decided,
          type: 'external_transfer',
          status: 'posted',
          account_name: 'Everyday',
          counterparty: 'Camille Durand',
        },
      },
      {
        about: 'rejected, with the longest texts',
        data: {
          ...decided,
          type: 'external_transfer',
          status: 'rejected',
          amount: 1_000_000_000_000,
          account_name: LONG.account,
          counterparty: LONG.name,
          reason: LONG.reason,
        },
      },
      {
        about: 'expired',
        data: { ...decided, type: 'withdrawal', status: 'expired', account_name: 'Everyday' },
      },
      {
        about: 'without an amount',
        data: { operation_id, type: 'open_account', status: 'posted', amount: null, currency: null },
      },
    ],
    dated_transfer: [
      { about: 'scheduled', data: dated },
      {
        about: 'scheduled for the next business day',
        data: { ...dated, execute_on: '2026-12-25', due_on: '2026-12-28' },
      },
      {
        about: 'postponed for lack of money',
        data: { ...dated, outcome: 'postponed', due_on: '2026-12-02', refusal: 'insufficient_funds' },
      },
      {
        about: 'postponed to a business day',
        data: { ...dated, outcome: 'postponed', due_on: '2026-12-28' },
      },
      {
        about: 'failed, with the longest texts',
        data: {
          ...dated,
          outcome: 'failed',
          due_on: null,
          refusal: 'insufficient_funds',
          amount: 1_000_000_000_000,
          account_name: LONG.account,
          counterparty: LONG.name,
        },
      },
      {
        about: 'failed, with the least',
        data: { ...dated, outcome: 'failed', due_on: null, counterparty: null },
      },
    ],
    webhook_created: [{ about: 'with its host', data: { at, host: 'hooks.example.com' } }],
    webhook_failed: [
      {
        about: 'a message was given up',
        data: { outcome: 'dead_lettered', host: 'hooks.example.com', trouble: null, since: at },
      },
      ...(['gone', 'failing', 'queue_full'] as const).map((trouble) => ({
        about: `disabled: ${trouble}`,
        data: { outcome: 'disabled' as const, host: null, trouble, since: null },
      })),
    ],
    standing_order: [
      { about: 'skipped', data: standing },
      {
        about: 'skipped on its last date, with the longest texts',
        data: {
          ...standing,
          next_on: null,
          amount: 1_000_000_000_000,
          account_name: LONG.account,
          counterparty: LONG.name,
        },
      },
      {
        about: 'suspended',
        data: { ...standing, outcome: 'suspended', next_on: null, refusal: 'retired_rib' },
      },
      {
        about: 'suspended, with the least',
        data: { ...standing, outcome: 'suspended', next_on: null, refusal: null, counterparty: null },
      },
    ],
    agent_digest: [
      {
        about: 'of everything',
        data: {
          date: '2026-11-30',
          operations: [
            { type: 'external_transfer', count: 14 },
            { type: 'deposit', count: 5 },
            { type: 'internal_transfer', count: 2 },
            { type: 'open_account', count: 1 },
          ],
          amounts: [
            { currency: 'EUR', amount: 2_481_050 },
            { currency: 'JPY', amount: 120_000 },
          ],
          older_than_a_day: 4,
          expiring: { count: 1, by: '2026-12-01' },
          registrations: 2,
        },
      },
      {
        about: 'of one request',
        data: {
          date: '2026-11-30',
          operations: [{ type: 'renew_rib', count: 1 }],
          amounts: [],
          older_than_a_day: 1,
          expiring: { count: 0, by: '2026-12-01' },
          registrations: 0,
        },
      },
      {
        about: 'of registrations only',
        data: {
          date: '2026-11-27',
          operations: [],
          amounts: [],
          older_than_a_day: 0,
          expiring: { count: 0, by: '2026-11-30' },
          registrations: 1,
        },
      },
    ],
  };
}
