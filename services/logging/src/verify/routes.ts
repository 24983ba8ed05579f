import { LogVerificationView } from '@guichet/contract/logging';
import { ok, type Route, route, token } from '@guichet/http';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { requireStaff } from '../visibility.ts';
import { type Verdict, verifyChain } from './verify-chain.ts';

export function verifyRoutes(deps: Deps): Route[] {
  // One walk serves all who ask while it lasts: it reads the whole log.
  let walking: Promise<Verdict> | null = null;

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
        walking ??= verifyChain(deps.db, { witnessed: deps.witness?.furthest() }).finally(() => {
          walking = null;
        });
        const { ok: whole, checked, firstBreak, reason, head } = await walking;
        return ok({
          ok: whole,
          checked,
          first_break: firstBreak === null ? null : Number(firstBreak),
          reason,
          head: { sequence: Number(head.sequence), hash: head.hash },
        });
      },
    }),
  ];
}
