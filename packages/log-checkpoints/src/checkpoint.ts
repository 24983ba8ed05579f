import { sign, verify } from 'node:crypto';
import type { CheckpointKeys, PublicKeys } from './keys.ts';

/** An end of the chain, and when it was signed by which key. */
export interface Checkpoint {
  readonly sequence: bigint;
  /** The hash of the entry with this sequence: 32 bytes. */
  readonly hash: Buffer;
  readonly time: Date;
  readonly keyId: string;
  /** 64 bytes. */
  readonly signature: Buffer;
}

/** A checkpoint as the API, the files and the log lines have it. */
interface CheckpointJson {
  readonly sequence: number;
  /** In hex. */
  readonly hash: string;
  readonly time: string;
  readonly key_id: string;
  /** In base64. */
  readonly signature: string;
}

type Unsigned = Omit<Checkpoint, 'signature'>;

/** No other signature of the bank is over bytes that begin like this. */
const DOMAIN = 'guichet log checkpoint v1';

/** The signed bytes: a JSON array without spaces, in UTF-8. */
export function checkpointBytes({ sequence, hash, time, keyId }: Unsigned): Buffer {
  return Buffer.from(
    JSON.stringify([DOMAIN, sequence.toString(), hash.toString('hex'), time.toISOString(), keyId]),
  );
}

export function signCheckpoint(
  { keyId, privateKey }: CheckpointKeys['signer'],
  end: Pick<Checkpoint, 'sequence' | 'hash' | 'time'>,
): Checkpoint {
  const unsigned = { sequence: end.sequence, hash: end.hash, time: end.time, keyId };
  return { ...unsigned, signature: sign(null, checkpointBytes(unsigned), privateKey) };
}

/** Whether the key that the checkpoint names is one of `keys`, and signed it. */
export function isSignedBy(keys: PublicKeys, checkpoint: Checkpoint): boolean {
  const key = keys.get(checkpoint.keyId);
  return key !== undefined && verify(null, checkpointBytes(checkpoint), key, checkpoint.signature);
}

export function toJson({ sequence, hash, time, keyId, signature }: Checkpoint): CheckpointJson {
  return {
    sequence: Number(sequence),
    hash: hash.toString('hex'),
    time: time.toISOString(),
    key_id: keyId,
    signature: signature.toString('base64'),
  };
}

/** @throws Error if the value is not a checkpoint; other fields are left out */
export function parseCheckpoint(value: unknown): Checkpoint {
  const { sequence, hash, time, key_id: keyId, signature } = (value ?? {}) as Record<string, unknown>;
  const at = typeof time === 'string' ? new Date(time) : null;
  if (
    typeof sequence !== 'number' ||
    !Number.isSafeInteger(sequence) ||
    sequence < 1 ||
    typeof hash !== 'string' ||
    !/^[0-9a-f]{64}$/.test(hash) ||
    at === null ||
    Number.isNaN(at.getTime()) ||
    typeof keyId !== 'string' ||
    typeof signature !== 'string'
  )
    throw new Error('not a checkpoint with sequence, hash, time, key_id and signature');
  return {
    sequence: BigInt(sequence),
    hash: Buffer.from(hash, 'hex'),
    time: at,
    keyId,
    signature: Buffer.from(signature, 'base64'),
  };
}
