import { NamedPayee, type PayeeCheck, PayeeCheckView } from '@guichet/contract/accounts';
import { problems } from '@guichet/errors';
import { ok, route, token } from '@guichet/http';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { readIdempotencyKey, toReply } from '../idempotency/http.ts';
import { parsePayeeIban } from '../ribs/read-payee-iban.ts';
import { verifyPayee } from './verify-payee.ts';

const checked = ({ result, suggestion }: PayeeCheck) => ok({ result, suggestion });

export function payeeRoutes(deps: Deps) {
  return [
    route({
      method: 'POST',
      path: '/api/payees/verify',
      summary: 'Check a payee’s name against the account holder',
      access: token({ scope: 'accounts:read' }),
      idempotent: true,
      body: NamedPayee,
      replies: { 200: PayeeCheckView },
      refusals: [refuse.invalid_iban, refuse.invalid_rib, problems.too_many_requests],
      handle: async (request) => {
        const { body, caller } = request;
        const key = readIdempotencyKey(request, { name: body.name, iban: parsePayeeIban(body) });
        const idempotency = key === null ? null : { key, render: checked };
        return toReply(await verifyPayee(deps, caller.userId, body, idempotency), checked);
      },
    }),
  ];
}
