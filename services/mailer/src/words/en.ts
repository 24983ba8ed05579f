import { letter } from '../letters/letter.ts';
import type { OperationType } from '../letters/templates.ts';
import { known, reservesMoney, type Words } from './words.ts';

const kinds: Record<OperationType, string> = {
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
};

const outcomes = {
  posted: { title: 'was carried out', sentence: 'has been approved and carried out.' },
  rejected: { title: 'was rejected', sentence: 'has been rejected.' },
  expired: { title: 'has expired', sentence: 'has expired, because nobody decided it in time.' },
};

const untouched = ['Nothing was taken from your account: the reserved amount is available again.'];
const notYou = 'If this was not you, change your password at once and tell your agent.';

export const en: Words = {
  letters: {
    registered: ({ link, awaits }, bank) =>
      letter({
        subject: `Confirm your address at ${bank.name}`,
        heading: 'Confirm your e-mail address',
        paragraphs: [
          {
            agent:
              'We have received your registration. Confirm your address; an agent then reviews your registration, and we will write to you once you can sign in.',
            link: 'We have received your registration. Confirm your address to sign in.',
            nothing: 'Once your address is confirmed, you can also sign in with it.',
          }[awaits],
          'The link works once, for seven days.',
        ],
        action: { label: 'Confirm this address', url: link },
        note: 'If you did not register, ignore this mail and do not follow the link.',
      }),
    activated: (_, bank) =>
      letter({
        subject: `You can sign in to ${bank.name}`,
        heading: 'You can sign in now',
        paragraphs: ['An agent has activated your access. Welcome to the bank.'],
        action: { label: 'Sign in', url: `${bank.publicUrl}/login` },
      }),
    rejected: ({ reason }, bank) =>
      letter({
        subject: `Your registration at ${bank.name} was not accepted`,
        heading: 'Your registration was not accepted',
        paragraphs: ['An agent has looked at your registration and could not accept it.'],
        facts: known(['Reason', reason]),
      }),
    deactivated: ({ reason }) =>
      letter({
        subject: 'Your access has been deactivated',
        heading: 'Your access has been deactivated',
        paragraphs: ['You can no longer sign in. Your accounts and your money stay as they are.'],
        facts: known(['Reason', reason]),
        note: 'If you do not know why, ask your agent.',
      }),
    deleted: (_, bank) =>
      letter({
        subject: `Your access to ${bank.name} has been deleted`,
        heading: 'Your access has been deleted',
        paragraphs: [
          'You can no longer sign in, and we no longer keep your personal details. Thank you for having been with us.',
        ],
      }),
    new_device: ({ at, ip, user_agent }, _, formats) =>
      letter({
        subject: 'A new device has signed in',
        heading: 'A new device has signed in with your password',
        paragraphs: ['If this was you, there is nothing to do.'],
        facts: known(['When', formats.time(at)], ['Network address', ip], ['Device', user_agent]),
        note: notYou,
      }),
    password_changed: ({ at }, _, formats) =>
      letter({
        subject: 'Your password has been changed',
        heading: 'Your password has been changed',
        paragraphs: ['Your other devices have been signed out.'],
        facts: known(['When', formats.time(at)]),
        note: notYou,
      }),
    email_taken: (_, bank) =>
      letter({
        subject: `Somebody tried to use your address at ${bank.name}`,
        heading: 'You are already registered',
        paragraphs: [
          'Somebody tried to register with this address, or to change theirs to it; but it is yours here. Nothing has changed.',
          'If it was you, sign in, or ask for a new password if you no longer know yours.',
        ],
        action: { label: 'Sign in', url: `${bank.publicUrl}/login` },
        note: 'If it was not you, you can ignore this mail.',
      }),
    agent_invited: ({ link }, bank) =>
      letter({
        subject: `Your access as an agent of ${bank.name}`,
        heading: 'You have been made an agent',
        paragraphs: ['Choose your password to begin. The link can be used once.'],
        action: { label: 'Choose a password', url: link },
        note: 'If you did not expect this, you can ignore this mail.',
      }),
    recover: ({ link }) =>
      letter({
        subject: 'Choose a new password',
        heading: 'Choose a new password',
        paragraphs: ['You asked for a new password. The link can be used once, within 30 minutes.'],
        action: { label: 'Choose a new password', url: link },
        note: 'If you did not ask for it, you can ignore this mail: your password stays as it is.',
      }),
    email_change: ({ link }, bank) =>
      letter({
        subject: `Confirm your new address at ${bank.name}`,
        heading: 'Confirm your new address',
        paragraphs: ['Follow the link, and the bank will write to you at this address from then on.'],
        action: { label: 'Confirm this address', url: link },
        note: 'If you did not ask for it, you can ignore this mail: nothing changes.',
      }),
    email_change_requested: ({ link }) =>
      letter({
        subject: 'Your e-mail address is about to change',
        heading: 'We received a request to change your e-mail address',
        paragraphs: [
          'It changes when the link that we sent to the new address is opened and confirmed.',
          'If this was you, you don’t need to do anything. If not, stop the change: we sign out all devices, your current password stops working, and you choose a new one.',
        ],
        action: { label: 'Stop the change', url: link },
        note: 'The link can be used once, within 48 hours. It also reverses a change that was already made.',
      }),
    email_changed: () =>
      letter({
        subject: 'Your e-mail address has been changed',
        heading: 'Your e-mail address has been changed',
        paragraphs: ['From now on we write to your new address.'],
        note: notYou,
      }),
    totp_enabled: ({ at }, _, formats) =>
      letter({
        subject: 'Your second factor is on',
        heading: 'Your second factor is on',
        paragraphs: ['From now on you need a code from your authenticator app to sign in.'],
        facts: known(['When', formats.time(at)]),
        note: notYou,
      }),
    totp_disabled: ({ at }, _, formats) =>
      letter({
        subject: 'Your second factor is off',
        heading: 'Your second factor is off',
        paragraphs: ['From now on your password alone is enough to sign in.'],
        facts: known(['When', formats.time(at)]),
        note: notYou,
      }),
    second_factor_reset: ({ at }, bank, formats) =>
      letter({
        subject: 'Your second factor has been removed',
        heading: `${bank.name} has removed your second factor`,
        paragraphs: [
          'All your devices have been signed out. Sign in with your password, then set up your authenticator app again.',
        ],
        facts: known(['When', formats.time(at)]),
        action: { label: 'Sign in', url: `${bank.publicUrl}/login` },
        note: 'If you did not ask for this, contact your agent at once.',
      }),
    token_created: ({ at, name, expires_at }, bank, formats) =>
      letter({
        subject: 'A new API token was created',
        heading: 'A new API token was created',
        paragraphs: ['Any program that has this token can act on your behalf, within the scopes you chose.'],
        facts: known(['Name', name], ['When', formats.time(at)], ['Expires', formats.time(expires_at)]),
        action: { label: 'See your API tokens', url: `${bank.publicUrl}/security` },
        note: 'If this was not you, revoke the token, change your password at once and contact your agent.',
      }),
    operation_decided: (data, bank, formats) => {
      const outcome = outcomes[data.status];
      return letter({
        subject: `Your ${kinds[data.type]} ${outcome.title}`,
        heading: `Your ${kinds[data.type]} ${outcome.title}`,
        paragraphs: [
          `Your ${kinds[data.type]} ${outcome.sentence}`,
          ...(data.status !== 'posted' && reservesMoney(data.type) ? untouched : []),
        ],
        facts: known(
          ['Amount', formats.money(data.amount, data.currency)],
          ['Account', data.account_name],
          ['With', data.counterparty],
          ['Reason', data.reason],
        ),
        action: { label: 'See the operation', url: `${bank.publicUrl}/operations/${data.operation_id}` },
      });
    },
  },
  greeting: (name) => (name === null ? 'Hello,' : `Hello ${name},`),
  farewell: 'Yours sincerely,',
  colon: ':',
  linkFallback: 'If the button does not work, copy this address into your browser:',
  footer: (bank) =>
    `${bank.name} never asks for your password by mail. You can always reach us by typing ${bank.publicUrl} yourself.`,
};
