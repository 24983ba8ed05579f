import { Id } from '@guichet/contract';
import { type LogFault, type LogVerification, LogVerificationView } from '@guichet/contract/logging';
import { problems } from '@guichet/errors';
import { ok, type Route, route, token } from '@guichet/http';
import { publicKeysOf } from '@guichet/log-checkpoints';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { requireStaff } from '../visibility.ts';
import { shareWork } from './share-work.ts';
import { verifyChain } from './verify-chain.ts';
import { type OperationVerification, verifyOperation } from './verify-operation.ts';

/** Each reads thousands of entries, in the memory and with the connections that the log's intake needs too. */
const OPERATIONS_AT_ONCE = 4;

export function verifyRoutes(deps: Deps): Route[] {
  // Requests share the verification in progress, because it reads the whole log.
  const verifyAll = shareWork((signal) => {
    const keys = publicKeysOf(deps.checkpointKeys.published);
    const { db, verifyThreads: threads = null } = deps;
    return verifyChain(db, { keys, witnessed: deps.witness?.furthest(), threads, signal });
  });
  const verifyingOperations = new Map<string, Promise<OperationVerification>>();

  function verifyOnce(operationId: string): Promise<OperationVerification> {
    const running = verifyingOperations.get(operationId);
    if (running !== undefined) return running;
    if (verifyingOperations.size >= OPERATIONS_AT_ONCE)
      throw problems.unavailable(undefined, { headers: { 'Retry-After': '2' } });
    const { db, witness, clock } = deps;
    const keys = publicKeysOf(deps.checkpointKeys.published);
    const witnessed = witness?.furthest() ?? null;
    const started = verifyOperation(db, operationId, { keys, witnessed, now: clock() }).finally(() =>
      verifyingOperations.delete(operationId),
    );
    verifyingOperations.set(operationId, started);
    return started;
  }

  return [
    route({
      method: 'GET',
      path: '/api/logs/verify',
      summary: 'Verify the hash chain of the log, or the entries of an operation',
      access: token({ scope: 'logs:read' }),
      query: z.strictObject({ operation: Id.optional() }),
      replies: { 200: LogVerificationView },
      refusals: [refuse.forbidden],
      handle: async (request) => {
        await requireStaff(deps, request);
        const { operation } = request.query;
        if (operation !== undefined) return ok(viewOperationVerification(await verifyOnce(operation)));
        const found = await verifyAll(request.clientAborted);
        const { ok: isIntact, checked, firstBreak, reason, head, dropped } = found;
        const last = dropped.at(-1);
        return ok({
          ok: isIntact,
          checked,
          first_break: firstBreak === null ? null : Number(firstBreak),
          reason,
          head: { sequence: Number(head.sequence), hash: head.hash },
          dropped:
            last === undefined
              ? null
              : {
                  month: last.month,
                  sequence: Number(last.last.sequence),
                  hash: last.last.hash.toString('hex'),
                },
        });
      },
    }),
  ];
}

const REASONS: Readonly<Record<LogFault, string>> = {
  changed: 'an entry or its hash was changed',
  missing: 'an entry is missing',
  rewritten: 'the chain was rewritten: an entry is not the one that was signed',
  checkpoint_not_signed: 'a checkpoint was not signed by the bank',
  end_changed: 'the end of the chain was changed or cut off',
  unreadable: 'the key of a person is missing or was changed',
  request_missing: 'the entry of the request is missing',
};

function viewOperationVerification({
  checked,
  fault,
  unread,
  head,
  entries,
}: OperationVerification): LogVerification {
  return {
    ok: fault === null,
    checked,
    first_break: fault === null ? null : Number(fault.sequence),
    reason: fault === null ? null : REASONS[fault.kind],
    head: { sequence: Number(head.sequence), hash: head.hash.toString('hex') },
    fault: fault?.kind ?? null,
    unread: Number(unread),
    entries: entries.map(({ entry, proof, signedAt }) => ({
      id: entry.id,
      sequence: Number(entry.sequence),
      time: entry.time.toISOString(),
      action: entry.action,
      hash: entry.hash.toString('hex'),
      proof,
      signed_at: signedAt?.toISOString() ?? null,
    })),
  };
}
