import type { DeadLetter, DeadLetterDetail, DeadLettersHandled } from '@guichet/contract/mail';
import type { Call, Query } from './call.ts';

export type MailerClient = ReturnType<typeof mailerClient>;

/** The mailer's API, as the pages use it. */
export function mailerClient(call: Call) {
  const base = '/api/mail/dead-letters';
  return {
    deadLetters: (filter: Query) =>
      call<{ items: DeadLetter[]; next: string | null; total: number }>({ path: base, query: filter }),
    deadLetter: (id: string) => call<DeadLetterDetail>({ path: `${base}/${id}` }),
    sendAgain: (id: string) => call<null>({ method: 'POST', path: `${base}/${id}/send-again` }),
    discard: (id: string) => call<null>({ method: 'POST', path: `${base}/${id}/discard` }),
    handleReason: (what: 'send-again' | 'discard', reason: string) =>
      call<DeadLettersHandled>({ method: 'POST', path: `${base}/${what}`, body: { reason } }),
  };
}
