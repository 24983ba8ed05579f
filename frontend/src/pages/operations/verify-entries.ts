import type { LogProof, LogVerification } from '@guichet/contract/logging';
import type { PageContext } from '../../request-context.ts';
import { settle } from '../settle.ts';

interface ShownVerification extends LogVerification {
  /** By sequence. */
  proofs: Record<number, LogProof>;
  counts: Record<LogProof, number>;
  /** When the newest checkpoint that proves an entry was signed. */
  signedAt: string | null;
}

/** Verifies the log's entries of an operation; null while the log is unavailable. */
export async function verifyEntries(
  ctx: PageContext,
  operationId: string,
): Promise<ShownVerification | null> {
  const found = await settle(ctx, 'log', ctx.state.api.logging.verifyOperation(operationId));
  if (found === null) return null;
  const { entries = [] } = found;
  const count = (proof: LogProof) => entries.filter((one) => one.proof === proof).length;
  return {
    ...found,
    proofs: Object.fromEntries(entries.map(({ sequence, proof }) => [sequence, proof])),
    counts: { signed: count('signed'), linked: count('linked'), broken: count('broken') },
    signedAt: entries.findLast(({ proof }) => proof === 'signed')?.signed_at ?? null,
  };
}
