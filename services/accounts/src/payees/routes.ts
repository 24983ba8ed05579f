import { LENGTHS, plainText } from '@guichet/contract';
import { problems } from '@guichet/errors';
import { route, token } from '@guichet/http';
import { z } from 'zod';
import type { Bank } from '../bank.ts';
import { refuse } from '../errors.ts';
import { answerOnce, readIdempotencyKey } from '../idempotency/answer-once.ts';
import {
  namesOneNumber,
  ONE_NUMBER,
  parsePayeeIban,
  payeeNumber,
  readPayeeIban,
} from '../ribs/read-payee-iban.ts';
import { countCheck } from './count-checks.ts';
import { verifyPayee } from './verify-payee.ts';

export function payeeRoutes(bank: Bank) {
  return [
    route({
      method: 'POST',
      path: '/api/payees/verify',
      summary: 'Check a payee’s name against the account holder',
      access: token({ scope: 'accounts:read' }),
      idempotent: true,
      body: z
        .strictObject({ name: plainText(LENGTHS.payeeName), ...payeeNumber })
        .refine(namesOneNumber, { error: 'must have either iban or rib' })
        .meta(ONE_NUMBER),
      replies: {
        200: z.object({
          result: z.enum(['match', 'close_match', 'no_match', 'not_possible']),
          suggestion: z.string().nullable(),
        }),
      },
      refusals: [refuse.invalid_iban, refuse.invalid_rib, problems.too_many_requests],
      handle: (request) => {
        const { name } = request.body;
        const key = readIdempotencyKey(request, { name, iban: parsePayeeIban(request.body) });
        return answerOnce(bank, { key, now: bank.clock() }, async (trx) => {
          await countCheck(trx, request.caller.userId, bank.clock());
          const payee = { iban: readPayeeIban(request.body), name };
          return { status: 200, body: await verifyPayee(trx, bank.rules, payee) };
        });
      },
    }),
  ];
}
