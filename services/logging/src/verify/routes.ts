import { LogVerificationView } from '@guichet/contract/logging';
import { ok, type Route, route, token } from '@guichet/http';
import { publicKeysOf } from '@guichet/log-checkpoints';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { requireStaff } from '../visibility.ts';
import { type Verification, verifyChain } from './verify-chain.ts';

export function verifyRoutes(deps: Deps): Route[] {
  // Requests share the verification in progress, because it reads the whole log.
  let verifying: Promise<Verification> | null = null;

  return [
    route({
      method: 'GET',
      path: '/api/logs/verify',
      summary: 'Verify the hash chain of the log',
      access: token({ scope: 'logs:read' }),
      replies: { 200: LogVerificationView },
      refusals: [refuse.forbidden],
      handle: async (request) => {
        await requireStaff(deps, request);
        const keys = publicKeysOf(deps.checkpointKeys.published);
        verifying ??= verifyChain(deps.db, { keys, witnessed: deps.witness?.furthest() }).finally(() => {
          verifying = null;
        });
        const { ok: isIntact, checked, firstBreak, reason, head } = await verifying;
        return ok({
          ok: isIntact,
          checked,
          first_break: firstBreak === null ? null : Number(firstBreak),
          reason,
          head: { sequence: Number(head.sequence), hash: head.hash },
        });
      },
    }),
  ];
}
