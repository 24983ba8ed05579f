export { type Checkpoint, isSignedBy, parseCheckpoint, signCheckpoint, toJson } from './checkpoint.ts';
export {
  type CheckpointKeys,
  isRetired,
  type PublicKeys,
  parseSigningKeys,
  publicKeysOf,
  retiredKey,
} from './keys.ts';
