import type { Role } from '@guichet/contract';
import { accountAnswers } from './answers/accounts.ts';
import { authAnswers } from './answers/auth.ts';
import { inboxAnswers } from './answers/inbox.ts';
import { incomingAnswers } from './answers/incoming.ts';
import { interestRunAnswers } from './answers/interest-runs.ts';
import { logAnswers } from './answers/logs.ts';
import { mailAnswers } from './answers/mail.ts';
import { operationAnswers } from './answers/operations.ts';
import { paymentAnswers } from './answers/payments.ts';
import type { Answers, Call } from './answers/replies.ts';
import { signedOutAnswer } from './answers/signed-out.ts';
import { standingOrderAnswers } from './answers/standing-orders.ts';
import { webhookAnswers } from './answers/webhooks.ts';
import { type Answer, problem, type Received } from './messages.ts';

/** Answers from fixtures; requests change nothing. @returns undefined for a route that the fake bank doesn't know */
export function answerFromFixtures(request: Received, role: Role | null): Answer | undefined {
  const { method, path } = request;
  const signedOut = signedOutAnswer(request);
  if (signedOut !== undefined) return signedOut;
  if (role === null) return { status: 401, body: problem(401, 'unauthenticated') };
  const id = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(path)?.[0] ?? 'no id';
  return answersByRoute({ request, role, id })[`${method} ${path.replace(id, ':id')}`]?.();
}

/** Every route that the fake bank knows and that needs a token. */
export function answersByRoute(call: Call): Answers {
  return {
    ...authAnswers(call),
    ...accountAnswers(call),
    ...operationAnswers(call),
    ...standingOrderAnswers(call),
    ...paymentAnswers(call),
    ...webhookAnswers(call),
    ...incomingAnswers(call),
    ...interestRunAnswers(call),
    ...inboxAnswers(call),
    ...logAnswers(call),
    ...mailAnswers(call),
  };
}
