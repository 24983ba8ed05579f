import {
  type ExecutionRefusal,
  KIND_EFFECTS,
  nameDevice,
  type OperationKind,
  type OptionalMailKind,
  type StaffRole,
} from '@guichet/contract';
import { INVITATION_DAYS } from '@guichet/contract/auth';
import { letter } from '../letters/letter.ts';
import { known, type Words } from './words.ts';

const STAFF: Record<StaffRole, string> = { agent: 'an agent', superuser: 'an administrator' };

const kinds: Record<OperationKind, string> = {
  open_account: 'account opening',
  close_account: 'account closure',
  renew_rib: 'RIB renewal',
  deposit: 'deposit',
  withdrawal: 'withdrawal',
  internal_transfer: 'transfer between your accounts',
  external_transfer: 'transfer',
  reversal: 'reversal',
  set_overdraft: 'overdraft change',
  set_limits: 'limit change',
  standing_order: 'standing order',
  incoming_payments: 'file of incoming payments',
  incoming_payment: 'payment from another bank',
  returned_payments: 'file of returned payments',
  suspense_assignment: 'assignment of a payment',
  suspense_return: 'return of a payment',
  duplicate_acceptance: 'acceptance of a duplicate',
  interest_run: 'interest run',
  interest: 'interest',
  overdraft_interest: 'overdraft interest',
  fee: 'account fee',
};

const optionalMails: Record<OptionalMailKind, string> = {
  decisions: 'decisions on your requests',
  digest: 'morning digest',
};

/** Counted, in the digest. */
const counted: Record<OperationKind, readonly [one: string, many: string]> = {
  open_account: ['Account opening', 'Account openings'],
  close_account: ['Account closure', 'Account closures'],
  renew_rib: ['RIB renewal', 'RIB renewals'],
  deposit: ['Deposit', 'Deposits'],
  withdrawal: ['Withdrawal', 'Withdrawals'],
  internal_transfer: ['Transfer between own accounts', 'Transfers between own accounts'],
  external_transfer: ['Transfer to a payee', 'Transfers to payees'],
  reversal: ['Reversal', 'Reversals'],
  set_overdraft: ['Overdraft change', 'Overdraft changes'],
  set_limits: ['Limit change', 'Limit changes'],
  standing_order: ['Standing order', 'Standing orders'],
  incoming_payments: ['File of incoming payments', 'Files of incoming payments'],
  incoming_payment: ['Payment received', 'Payments received'],
  returned_payments: ['File of returned payments', 'Files of returned payments'],
  suspense_assignment: ['Assignment of a payment', 'Assignments of payments'],
  suspense_return: ['Return of a payment', 'Returns of payments'],
  duplicate_acceptance: ['Acceptance of a duplicate', 'Acceptances of duplicates'],
  interest_run: ['Interest run', 'Interest runs'],
  interest: ['Interest payment', 'Interest payments'],
  overdraft_interest: ['Overdraft interest', 'Overdraft interest'],
  fee: ['Account fee', 'Account fees'],
};
const count = (number: number, one: string, many: string) => `${number} ${number === 1 ? one : many}`;

/** The outcome of a request of one kind. */
const outcomes = {
  posted: {
    title: (kind: string) => `Your ${kind} has been completed`,
    sentence: (kind: string) => `Your ${kind} has been approved and completed.`,
  },
  rejected: {
    title: (kind: string) => `Your ${kind} has been rejected`,
    sentence: (kind: string) => `An agent has reviewed your ${kind} and rejected it.`,
  },
  expired: {
    title: (kind: string) => `Your ${kind} has expired`,
    sentence: (kind: string) => `Your ${kind} has expired because no agent reviewed it in time.`,
  },
};
/** For the kinds where the result says more than the name of the request. */
const completed: Partial<Record<OperationKind, { readonly title: string; readonly sentence: string }>> = {
  open_account: {
    title: 'Your account is open',
    sentence: 'An agent has approved your request. You can use the account right away.',
  },
  close_account: {
    title: 'Your account is closed',
    sentence: 'An agent has approved your request. Payments to the account’s IBAN are refused from now on.',
  },
  renew_rib: {
    title: 'Your new RIB is ready',
    sentence: 'An agent has approved your request. The old RIB can no longer be used.',
  },
  standing_order: {
    title: 'Your standing order is active',
    sentence: 'An agent has approved your standing order. Its payments need no further approval.',
  },
};

const untouched = 'No money has left your account.';
const released = 'The reserved amount is available again.';

/** Why a transfer could not be executed on its day, by the code of the refusal. */
const failures: Readonly<Partial<Record<ExecutionRefusal, string>>> = {
  insufficient_funds:
    'There wasn’t enough money in your account, on the day or on the next two business days.',
  account_not_open: 'One of the two accounts is no longer open.',
  retired_rib: 'The payee has a new RIB. Ask for it and make a new transfer.',
  customer_not_active: 'Your access to the bank is deactivated.',
};
const notYou = 'If this wasn’t you, change your password right away and contact your agent.';

export const en: Words = {
  letters: {
    registered: ({ link, awaits }, bank) =>
      letter({
        subject: `Confirm your email address for ${bank.name}`,
        heading: 'Confirm your email address',
        paragraphs: [
          {
            agent:
              'Thanks for registering. Confirm your address, then an agent will review your registration. We’ll email you once you can sign in.',
            link: 'Thanks for registering. Confirm your address to sign in.',
            nothing: 'Once your address is confirmed, you can also sign in with it.',
          }[awaits],
          'The link works once and expires after 7 days.',
        ],
        action: { label: 'Confirm this address', url: link },
        note: 'If you didn’t register, ignore this email and don’t follow the link.',
      }),
    activated: (_, bank) =>
      letter({
        subject: `You can now sign in to ${bank.name}`,
        heading: 'You can now sign in',
        paragraphs: ['An agent has approved your registration. Welcome!'],
        action: { label: 'Sign in', url: `${bank.publicUrl}/login` },
      }),
    rejected: ({ reason }, bank) =>
      letter({
        subject: `Your registration at ${bank.name} wasn’t accepted`,
        heading: 'Your registration wasn’t accepted',
        paragraphs: ['An agent has reviewed your registration and couldn’t accept it.'],
        facts: known(['Reason', reason]),
      }),
    deactivated: ({ reason }) =>
      letter({
        subject: 'Your access has been deactivated',
        heading: 'Your access has been deactivated',
        paragraphs: ['You can no longer sign in. Your accounts and your money aren’t affected.'],
        facts: known(['Reason', reason]),
        note: 'If you don’t know why, contact your agent.',
      }),
    deleted: (_, bank) =>
      letter({
        subject: `Your access to ${bank.name} has been deleted`,
        heading: 'Your access has been deleted',
        paragraphs: [
          'You can no longer sign in, and we’ve deleted your personal details. Thank you for banking with us.',
        ],
      }),
    new_device: ({ at, ip, user_agent, link }, _, formats) =>
      letter({
        subject: 'New sign-in from a new device',
        heading: 'Someone signed in from a new device',
        paragraphs: [
          'If this was you, you don’t need to do anything.',
          ...(link === null
            ? []
            : [
                'If it wasn’t, use the button. We’ll sign you out everywhere and disable your current password, and you’ll choose a new one.',
              ]),
        ],
        facts: known(['When', formats.time(at)], ['IP address', ip], ['Device', nameDevice(user_agent)]),
        ...(link === null
          ? { note: notYou }
          : {
              action: { label: 'This wasn’t me', url: link },
              note: 'The link works once and expires after 7 days.',
            }),
      }),
    password_changed: ({ at }, _, formats) =>
      letter({
        subject: 'Your password has been changed',
        heading: 'Your password has been changed',
        paragraphs: ['We’ve signed out your other devices.'],
        facts: known(['When', formats.time(at)]),
        note: notYou,
      }),
    email_taken: (_, bank) =>
      letter({
        subject: `Someone tried to use your email address at ${bank.name}`,
        heading: 'You’re already registered',
        paragraphs: [
          'Someone tried to register with this address, or to change theirs to it, but it already belongs to you. Nothing has changed.',
          'If it was you, sign in. If you’ve forgotten your password, you can request a new one.',
        ],
        action: { label: 'Sign in', url: `${bank.publicUrl}/login` },
        note: 'If it wasn’t you, you can ignore this email.',
      }),
    agent_invited: ({ link, role }, bank) =>
      letter({
        subject: `You’re now ${STAFF[role]} at ${bank.name}`,
        heading: `You’re now ${STAFF[role]}`,
        paragraphs: [
          `Choose a password to get started. The link works once and expires after ${INVITATION_DAYS} days.`,
        ],
        action: { label: 'Choose a password', url: link },
        note: 'If you weren’t expecting this, you can ignore this email.',
      }),
    recover: ({ link }) =>
      letter({
        subject: 'Choose a new password',
        heading: 'Choose a new password',
        paragraphs: ['You requested a new password. The link works once and expires after 30 minutes.'],
        action: { label: 'Choose a new password', url: link },
        note: 'If you didn’t request it, you can ignore this email. Your password won’t change.',
      }),
    email_change: ({ link }, bank) =>
      letter({
        subject: `Confirm your new email address for ${bank.name}`,
        heading: 'Confirm your new email address',
        paragraphs: ['Once you follow the link, we’ll write to you at this address.'],
        action: { label: 'Confirm this address', url: link },
        note: 'If you didn’t request it, you can ignore this email. Nothing will change.',
      }),
    email_change_requested: ({ link }) =>
      letter({
        subject: 'Your email address is about to change',
        heading: 'We received a request to change your email address',
        paragraphs: [
          'It changes once the link we sent to the new address has been confirmed.',
          'If this was you, you don’t need to do anything. If it wasn’t, stop the change. We’ll sign you out everywhere and disable your current password, and you’ll choose a new one.',
        ],
        action: { label: 'Stop the change', url: link },
        note: 'The link works once and expires after 48 hours. It also undoes a change that has already been made.',
      }),
    email_changed: () =>
      letter({
        subject: 'Your email address has been changed',
        heading: 'Your email address has been changed',
        paragraphs: ['From now on, we’ll write to your new address.'],
        note: notYou,
      }),
    totp_enabled: ({ at }, _, formats) =>
      letter({
        subject: 'Two-factor authentication is on',
        heading: 'Two-factor authentication is on',
        paragraphs: ['From now on, you need a code from your authenticator app to sign in.'],
        facts: known(['When', formats.time(at)]),
        note: notYou,
      }),
    totp_disabled: ({ at }, _, formats) =>
      letter({
        subject: 'Two-factor authentication is off',
        heading: 'Two-factor authentication is off',
        paragraphs: ['From now on, you only need your password to sign in.'],
        facts: known(['When', formats.time(at)]),
        note: notYou,
      }),
    passkey_added: ({ at, name }, bank, formats) =>
      letter({
        subject: 'A passkey has been added',
        heading: 'A passkey has been added',
        paragraphs: [
          'It signs you in without your password, and confirms payments. From now on, your password alone no longer signs you in.',
        ],
        facts: known(['Name', name], ['When', formats.time(at)]),
        action: { label: 'View your passkeys', url: `${bank.publicUrl}/security` },
        note: 'If this wasn’t you, remove the passkey, change your password right away and contact your agent.',
      }),
    passkey_removed: ({ at, name }, _, formats) =>
      letter({
        subject: 'A passkey has been removed',
        heading: 'A passkey has been removed',
        paragraphs: ['It can no longer sign you in or confirm payments.'],
        facts: known(['Name', name], ['When', formats.time(at)]),
        note: notYou,
      }),
    second_factor_reset: ({ at }, bank, formats) =>
      letter({
        subject: 'Two-factor authentication has been reset',
        heading: 'Two-factor authentication has been reset',
        paragraphs: [
          'It has been turned off, your passkeys have been removed, and we’ve signed out all your devices. Sign in with your password, then set up your authenticator app or a passkey again.',
        ],
        facts: known(['When', formats.time(at)]),
        action: { label: 'Sign in', url: `${bank.publicUrl}/login` },
        note: 'If you didn’t request this, contact your agent right away.',
      }),
    access_reset: ({ at }, _, formats) =>
      letter({
        subject: 'An operator has reset your access',
        heading: 'Your access has been reset',
        paragraphs: [
          'Your password no longer works, two-factor authentication and your passkeys have been removed, your API tokens have been revoked, and you’re signed out everywhere. The operator will give you a link to set a new password.',
        ],
        facts: known(['When', formats.time(at)]),
        note: 'If you didn’t ask for this, contact another administrator right away.',
      }),
    emails_refused: ({ at, kinds: refused }, bank, formats) =>
      letter({
        subject: 'You turned off some emails',
        heading: 'You turned off some emails',
        paragraphs: [
          'We don’t send you these emails any more. You still get those about security and about your access.',
        ],
        facts: known(
          ['Emails', refused.map((kind) => optionalMails[kind]).join(', ')],
          ['When', formats.time(at)],
        ),
        action: { label: 'Choose your emails', url: `${bank.publicUrl}/profile` },
        note: notYou,
      }),
    token_created: ({ at, name, expires_at }, bank, formats) =>
      letter({
        subject: 'A new API token has been created',
        heading: 'A new API token has been created',
        paragraphs: [
          'Any program that has this token can act on your behalf, with the permissions you chose.',
        ],
        facts: known(['Name', name], ['When', formats.time(at)], ['Expires', formats.time(expires_at)]),
        action: { label: 'View your API tokens', url: `${bank.publicUrl}/security/tokens` },
        note: 'If this wasn’t you, revoke the token, change your password right away and contact your agent.',
      }),
    webhook_created: ({ at, host }, bank, formats) =>
      letter({
        subject: 'A new webhook has been created',
        heading: 'A new webhook has been created',
        paragraphs: ['From now on, a program is notified of the events that you chose.'],
        facts: known(['Receiver', host], ['When', formats.time(at)]),
        action: { label: 'View your webhooks', url: `${bank.publicUrl}/security/webhooks` },
        note: 'If this wasn’t you, delete the webhook, change your password right away and contact your agent.',
      }),
    webhook_failed: ({ outcome, host, trouble, since }, bank, formats) => {
      const receiver = host ?? 'the receiver';
      const title =
        outcome === 'disabled' ? 'A webhook has been disabled' : 'A webhook doesn’t receive its messages';
      return letter({
        subject: title,
        heading: title,
        paragraphs: [
          trouble === null
            ? `For more than a day, ${receiver} hasn’t acknowledged a message, which is no longer tried. The messages after it are still sent.`
            : {
                gone: `${receiver} answered that it wants no more messages (410).`,
                failing: `For three days, ${receiver} hasn’t acknowledged any message.`,
                queue_full: `Too many messages are waiting for ${receiver}.`,
              }[trouble],
          trouble === null
            ? 'You can send it again from the page of the webhook.'
            : 'Nothing is sent any more until you test the webhook successfully. Messages of the last 14 days can then be sent again.',
        ],
        facts: known(['Receiver', host], ['Failing since', since === null ? null : formats.time(since)]),
        action: { label: 'View your webhooks', url: `${bank.publicUrl}/security/webhooks` },
      });
    },
    operation_decided: (data, bank, formats) => {
      const kind = kinds[data.type];
      const { title, sentence } = outcomes[data.status];
      const done = data.status === 'posted' ? completed[data.type] : undefined;
      return letter({
        subject: done?.title ?? title(kind),
        heading: done?.title ?? title(kind),
        paragraphs: [
          done?.sentence ?? sentence(kind),
          ...(data.status !== 'posted' && KIND_EFFECTS[data.type].reserves
            ? [data.execute_on === null ? `${untouched} ${released}` : untouched]
            : []),
        ],
        facts: known(
          ['Amount', formats.money(data.amount, data.currency)],
          ['Account', data.account_name],
          ['Payee', data.counterparty],
          ['Reason', data.reason],
        ),
        action: { label: 'View details', url: `${bank.publicUrl}/operations/${data.operation_id}` },
      });
    },
    dated_transfer: ({ outcome, due_on, execute_on, refusal, ...data }, bank, formats) => {
      const day = formats.date(due_on ?? execute_on);
      const { title, paragraphs } = {
        scheduled: {
          title: 'Your transfer is scheduled',
          paragraphs: [
            due_on === execute_on
              ? `An agent has approved your transfer. It will be executed on ${day}.`
              : `An agent has approved your transfer. Payments don’t reach other banks on ${formats.date(execute_on)}, so it will be executed on ${day}.`,
            'No money is reserved until then: please make sure that your account has enough on that day.',
          ],
        },
        postponed: {
          title: 'Your transfer couldn’t be executed today',
          paragraphs: [
            refusal === null
              ? `Payments don’t reach other banks today, so it will be executed on ${day}.`
              : `There isn’t enough money in your account. We’ll try again on ${day}.`,
          ],
        },
        failed: {
          title: 'Your transfer hasn’t been executed',
          paragraphs: [
            (refusal === null ? undefined : failures[refusal]) ?? 'It can no longer be executed.',
            untouched,
          ],
        },
      }[outcome];
      return letter({
        subject: title,
        heading: title,
        paragraphs,
        facts: known(
          ['Amount', formats.money(data.amount, data.currency)],
          ['Account', data.account_name],
          ['Payee', data.counterparty],
        ),
        action: { label: 'View details', url: `${bank.publicUrl}/operations/${data.operation_id}` },
      });
    },
    standing_order: ({ outcome, execute_on, next_on, refusal, ...data }, bank, formats) => {
      const day = formats.date(execute_on);
      const why = (refusal === null ? undefined : failures[refusal]) ?? 'It can no longer be made.';
      const { title, paragraphs } = {
        skipped: {
          title: 'A standing order payment was skipped',
          paragraphs: [
            `The payment due on ${day} wasn’t made. ${why}`,
            next_on === null
              ? 'It was the last payment of the standing order.'
              : `It won’t be made later. The next payment is due on ${formats.date(next_on)}.`,
          ],
        },
        suspended: {
          title: 'Your standing order is suspended',
          paragraphs: [
            `The payment due on ${day} wasn’t made. ${why}`,
            'There will be no further payments unless you resume the standing order.',
          ],
        },
      }[outcome];
      return letter({
        subject: title,
        heading: title,
        paragraphs,
        facts: known(
          ['Amount', formats.money(data.amount, data.currency)],
          ['Account', data.account_name],
          ['Payee', data.counterparty],
        ),
        action: {
          label: 'View the standing order',
          url: `${bank.publicUrl}/standing-orders/${data.standing_order_id}`,
        },
      });
    },
    agent_digest: (data, bank, formats) => {
      const { operations, registrations, older_than_a_day: older, expiring } = data;
      const requests = operations.reduce((sum, one) => sum + one.count, 0);
      const parts = [
        ...(requests === 0 ? [] : [count(requests, 'request', 'requests')]),
        ...(registrations === 0 ? [] : [count(registrations, 'registration', 'registrations')]),
      ].join(' and ');
      const title = `${parts} ${requests + registrations === 1 ? 'is' : 'are'} waiting`;
      return letter({
        subject: title,
        heading: title,
        paragraphs: [
          `Here’s your summary for ${formats.date(data.date)}.`,
          ...(older === 0
            ? []
            : [`${count(older, 'request has', 'requests have')} been waiting for more than a day.`]),
          ...(expiring.count === 0
            ? []
            : [
                `${count(expiring.count, 'request expires', 'requests expire')} by the end of ${formats.date(expiring.by)}.`,
              ]),
        ],
        facts: [
          ...operations.map(({ type, count: number }): [string, string] => [
            counted[type][number === 1 ? 0 : 1],
            String(number),
          ]),
          ...known(
            [
              registrations === 1 ? 'Registration' : 'Registrations',
              registrations === 0 ? null : String(registrations),
            ],
            ...data.amounts.map(({ amount, currency }): [string, string | null] => [
              `Total in ${currency}`,
              formats.money(amount, currency),
            ]),
          ),
        ],
        action: {
          label: 'Open the inbox',
          url: `${bank.publicUrl}/inbox${requests === 0 ? '?tab=registrations' : ''}`,
        },
      });
    },
  },
  greeting: (name) => (name === null ? 'Hello,' : `Hello ${name},`),
  farewell: 'Kind regards,',
  colon: ':',
  linkFallback: 'If the button doesn’t work, copy this address into your browser:',
  unsubscribe: 'Stop these emails',
  footer: (bank) =>
    `${bank.name} never asks for your password by email. To be safe, type ${bank.publicUrl} into your browser yourself.`,
};
