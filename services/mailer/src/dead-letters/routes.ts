import { LENGTHS, paging, text } from '@guichet/contract';
import {
  DeadLetterDetailView,
  DeadLetterList,
  DeadLetterParams,
  DeadLetterReason,
  DeadLettersHandledView,
} from '@guichet/contract/mail';
import { problems } from '@guichet/errors';
import { noContent, ok, type Route, route, token } from '@guichet/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import type { StoredDeadMail } from './dead-letter-store.ts';
import {
  discard,
  handleReason,
  recordLetterViewing,
  type SendAgainRefusal,
  sendAgainBy,
} from './handle-dead-letter.ts';
import { listDeadLetters } from './list-dead-letters.ts';
import { viewDetail } from './view-dead-letter.ts';

// Only the superuser: the mails are to customers and staff alike.
const access = token({ scope: 'agents:manage', roles: ['superuser'] });

const REFUSALS = {
  already_sent: refuse.already_sent,
  being_sent: refuse.being_sent,
  unopened: refuse.unopened_mail,
} as const satisfies Record<SendAgainRefusal, unknown>;

export function deadLetterRoutes(deps: Deps): Route[] {
  const base = '/api/mail/dead-letters';
  return [
    route({
      method: 'GET',
      path: base,
      summary: 'List the emails that could not be sent, oldest first',
      access,
      query: z.strictObject({ ...paging, reason: text(LENGTHS.reason).optional() }),
      replies: { 200: DeadLetterList },
      refusals: [problems.invalid_request],
      handle: async ({ query }) => {
        requireNats(deps);
        return ok(await listDeadLetters(deps, query), NO_STORE);
      },
    }),
    route({
      method: 'GET',
      path: `${base}/:id`,
      summary: 'Get one of them, with the email as it would be sent now, without the secrets of its links',
      access,
      params: DeadLetterParams,
      replies: { 200: DeadLetterDetailView },
      refusals: [problems.not_found],
      handle: async ({ params, caller, correlationId }) => {
        const found = await find(deps, params.id);
        // Before it's shown: without the entry it isn't.
        await recordLetterViewing(deps, { caller, correlationId }, found);
        return ok(await viewDetail(deps, found), NO_STORE);
      },
    }),
    route({
      method: 'POST',
      path: `${base}/:id/send-again`,
      summary: 'Send it again, also if it may have been sent',
      access,
      params: DeadLetterParams,
      replies: { 204: null },
      refusals: [problems.not_found, refuse.already_sent, refuse.being_sent, refuse.unopened_mail],
      handle: async ({ params, caller, correlationId }) => {
        const by = { caller, correlationId };
        const refusal = await sendAgainBy(deps, by, await find(deps, params.id));
        if (refusal !== null) throw REFUSALS[refusal]();
        return noContent();
      },
    }),
    route({
      method: 'POST',
      path: `${base}/:id/discard`,
      summary: 'Discard it: it is never sent',
      access,
      params: DeadLetterParams,
      replies: { 204: null },
      refusals: [problems.not_found],
      handle: async ({ params, caller, correlationId }) => {
        if (!(await discard(deps, { caller, correlationId }, await find(deps, params.id))))
          throw problems.not_found();
        return noContent();
      },
    }),
    ...(['send-again', 'discard'] as const).map((what) =>
      route({
        method: 'POST',
        path: `${base}/${what}`,
        summary: `${what === 'discard' ? 'Discard' : 'Send again'} those of one reason, at most 200 at a time`,
        access,
        body: DeadLetterReason,
        replies: { 200: DeadLettersHandledView },
        refusals: [problems.invalid_request],
        handle: async ({ body, caller, correlationId }) => {
          requireNats(deps);
          return ok(await handleReason(deps, { caller, correlationId }, what, body.reason));
        },
      }),
    ),
  ];
}

const NO_STORE = { 'Cache-Control': 'no-store' };

async function find(deps: Deps, id: string): Promise<StoredDeadMail> {
  requireNats(deps);
  const found = await deps.deadLetters.get(Number(id));
  if (found === null) throw problems.not_found();
  return found;
}

/** Without it a request would wait until NATS is back. */
function requireNats({ broker }: Deps): void {
  if (!broker.ready()) throw problems.unavailable(undefined, { headers: { 'Retry-After': '2' } });
}
