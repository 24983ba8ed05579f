export { type Checkpoint, isSignedBy, parseCheckpoint, signCheckpoint, toJson } from './checkpoint.ts';
export {
  type CheckpointKeys,
  isRetired,
  type PublicKeys,
  parseSigningKeys,
  publicKeysOf,
  retiredKey,
} from './keys.ts';
export {
  isMonthSignedBy,
  type MonthStatement,
  monthToJson,
  parseMonth,
  signMonth,
} from './month-statement.ts';
