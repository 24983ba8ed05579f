import { LENGTHS, plainText } from '@guichet/contract';
import { newId, transaction } from '@guichet/database';
import { problems } from '@guichet/errors';
import { Id, listOf, noContent, ok, paging, readCursor, route, toCursor, token } from '@guichet/http';
import { ribFromIban } from '@guichet/iban';
import { enqueue } from '@guichet/outbox';
import { z } from 'zod';
import { RibView } from '../accounts/views.ts';
import { actionLogged, actorOf } from '../audit.ts';
import type { Bank } from '../bank.ts';
import { refuse } from '../errors.ts';
import { answerOnce, readIdempotencyKey } from '../idempotency/answer-once.ts';
import { requireActive } from '../people/require-active.ts';
import {
  namesOneNumber,
  ONE_NUMBER,
  parsePayeeIban,
  payeeNumber,
  readPayeeIban,
} from '../ribs/read-payee-iban.ts';
import { saveBeneficiary } from './save-beneficiary.ts';
import { type Beneficiary, deleteBeneficiary, listBeneficiaries } from './store.ts';

const BeneficiaryView = z
  .object({
    id: Id,
    name: z.string(),
    iban: z.string(),
    rib: RibView.nullable(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Beneficiary' });

function viewBeneficiary(one: Beneficiary) {
  return {
    id: one.id,
    name: one.name,
    iban: one.iban,
    rib: ribFromIban(one.iban),
    created_at: one.createdAt.toISOString(),
  };
}

export function beneficiaryRoutes(bank: Bank) {
  return [
    route({
      method: 'GET',
      path: '/api/beneficiaries',
      summary: 'List your saved payees',
      access: token({ scope: 'accounts:read', roles: ['member'] }),
      query: z.strictObject(paging),
      replies: { 200: listOf(BeneficiaryView) },
      handle: async ({ query, caller }) => {
        const page = await listBeneficiaries(bank.db, {
          ownerId: caller.userId,
          afterId: query.cursor === undefined ? undefined : readCursor(query.cursor, z.tuple([Id]))[0],
          limit: query.limit,
        });
        const items = page.slice(0, query.limit);
        return ok({
          items: items.map(viewBeneficiary),
          next: page.length > query.limit ? toCursor([items.at(-1)?.id ?? '']) : null,
        });
      },
    }),
    route({
      method: 'POST',
      path: '/api/beneficiaries',
      summary: 'Save a payee, or rename one with the same account number',
      access: token({ scope: 'operations:write' }),
      idempotent: true,
      body: z
        .strictObject({ name: plainText(LENGTHS.payeeName), ...payeeNumber })
        .refine(namesOneNumber, { error: 'must have either iban or rib' })
        .meta(ONE_NUMBER),
      replies: { 201: BeneficiaryView },
      refusals: [refuse.invalid_iban, refuse.invalid_rib, refuse.idempotency_key_reused],
      handle: async (request) => {
        const { body, caller, correlationId } = request;
        const now = bank.clock();
        const key = readIdempotencyKey(request, { name: body.name, iban: parsePayeeIban(body) });
        const reply = await answerOnce(bank, { key, now }, async (trx) => {
          await requireActive(trx, actorOf(caller));
          const iban = readPayeeIban(body);
          const saved = await saveBeneficiary(trx, {
            id: newId(now),
            ownerId: caller.userId,
            name: body.name,
            iban,
            createdAt: now,
          });
          await enqueue(trx, [
            actionLogged({
              action: 'BENEFICIARY_ADDED',
              actor: actorOf(caller),
              subject: { type: 'beneficiary', id: saved.id },
              correlationId,
              message: 'A payee was saved',
              data: { name: saved.name, iban },
              now,
            }),
          ]);
          return { status: 201, body: viewBeneficiary(saved) };
        });
        bank.committed();
        return reply;
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/beneficiaries/:id',
      summary: 'Remove a payee',
      access: token({ scope: 'operations:write' }),
      params: z.object({ id: Id }),
      replies: { 204: null },
      handle: async ({ params, caller, correlationId }) => {
        await transaction(bank.db, async (trx) => {
          await requireActive(trx, actorOf(caller));
          const gone = await deleteBeneficiary(trx, caller.userId, params.id);
          if (gone === null) throw problems.not_found();
          await enqueue(trx, [
            actionLogged({
              action: 'BENEFICIARY_REMOVED',
              actor: actorOf(caller),
              subject: { type: 'beneficiary', id: gone.id },
              correlationId,
              message: 'A payee was removed',
              data: { name: gone.name, iban: gone.iban },
              now: bank.clock(),
            }),
          ]);
        });
        bank.committed();
        return noContent();
      },
    }),
  ];
}
