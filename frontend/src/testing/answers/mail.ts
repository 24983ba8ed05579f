import {
  type DeadLetter,
  type DeadLetterDetail,
  DeadLetterDetailView,
  DeadLetterList,
} from '@guichet/contract/mail';
import { fakeId } from '../fixtures.ts';
import { alice } from './people.ts';
import { type Answers, type Call, one } from './replies.ts';

export function mailAnswers({ request }: Call): Answers {
  const reason = request.query.get('reason');
  const items = letters.filter((letter) => reason === null || letter.reason === reason);
  const base = '/api/mail/dead-letters';
  return {
    [`GET ${base}`]: () => one(DeadLetterList, { items, next: null, total: letters.length }),
    ...Object.fromEntries(
      letters.flatMap((letter) => [
        [`GET ${base}/${letter.id}`, () => one(DeadLetterDetailView, detailOf(letter))],
        [`POST ${base}/${letter.id}/send-again`, () => ({ status: 204 })],
        [`POST ${base}/${letter.id}/discard`, () => ({ status: 204 })],
      ]),
    ),
    [`POST ${base}/send-again`]: () => ({
      status: 200,
      body: { handled: items.length, left: 1, more: false },
    }),
    [`POST ${base}/discard`]: () => ({ status: 200, body: { handled: items.length, left: 0, more: false } }),
  };
}

const DAY_MS = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString();

const letters: DeadLetter[] = [
  {
    id: '1',
    mail_id: fakeId(21, 1),
    template: 'recover',
    cause: 'uncertain',
    reason: 'the connection was lost, or the mailer stopped, while the mail was being sent',
    tries: 1,
    dead_since: ago(2),
  },
  {
    id: '2',
    mail_id: fakeId(21, 2),
    template: 'operation_decided',
    cause: 'refused',
    reason: "Can't send mail - all recipients were rejected: 550 5.1.1 (address) User unknown",
    tries: 1,
    dead_since: ago(1),
  },
];

function detailOf(letter: DeadLetter): DeadLetterDetail {
  const isLink = letter.template === 'recover';
  const text = 'Hello Alice,\n\nYour bank.\n';
  return {
    ...letter,
    delivery: letter.cause === 'uncertain' ? 'unknown' : 'not_sent',
    requested_at: ago(2),
    expires_at: isLink ? ago(2) : null,
    is_expired: isLink,
    preview: {
      to: alice.email ?? null,
      language: 'en',
      subject: 'A mail from your bank',
      text,
      html: `<!doctype html><html lang="en"><title>Mail</title><style>p { color: teal }</style><p>${text}</p></html>`,
    },
  };
}
