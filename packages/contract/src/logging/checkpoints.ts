import { z } from 'zod';
import { Time } from '../fields.ts';

export const LogCheckpointView = z
  .object({
    sequence: z.int(),
    hash: z.string().meta({ description: 'The hash of the entry with this sequence, in hex' }),
    time: Time,
    key_id: z.string().meta({ description: 'The `kid` of a key of /.well-known/log-keys.json' }),
    signature: z.string().meta({ description: 'Ed25519, in base64. The signed bytes: docs/log-chain.md' }),
  })
  .meta({ id: 'LogCheckpoint' });
export type LogCheckpoint = z.output<typeof LogCheckpointView>;

/** GET /.well-known/log-keys.json: the public keys that verify checkpoints of the log, also those that no longer sign (RFC 8037). */
export const LogKeysView = z.object({
  keys: z.array(
    z.object({
      kty: z.literal('OKP'),
      crv: z.literal('Ed25519'),
      x: z.string(),
      kid: z.string(),
      use: z.literal('sig'),
      alg: z.literal('EdDSA'),
    }),
  ),
});
