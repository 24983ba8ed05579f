export const PASSWORD_LENGTH = { min: 12, max: 128 } as const;

/** A longer repetition is not easy to guess. */
const REPETITION_LENGTH_MAX = 24;
/** Almost every long number contains shorter runs of digits. */
const DIGIT_RUN_LENGTH_MIN = 5;
/** Too many ordinary words contain a shorter part of a name. */
const NAME_LENGTH_MIN = 3;

/** The passwords that people choose most: lower case, without the digits around them. */
export type CommonPasswords = ReadonlySet<string>;

/**
 * The weakness of a new password, as a sentence for its owner; null if there is none. Lengths are Unicode code points, case is
 * ignored, and there are no rules of composition (NIST SP 800-63B, 5.1.1.2).
 */
export function passwordWeakness(
  password: string,
  owner: { username: string; email: string },
  common: CommonPasswords,
): string | null {
  const length = [...password].length;
  if (length < PASSWORD_LENGTH.min) return `must have at least ${PASSWORD_LENGTH.min} characters`;
  if (length > PASSWORD_LENGTH.max) return `must have at most ${PASSWORD_LENGTH.max} characters`;
  const lowered = normalizePassword(password).toLowerCase();
  if (isCommon(lowered, common)) return 'must not be a common password';
  if (lowered.includes(owner.username.toLowerCase())) return 'must not contain your username';
  const email = owner.email.toLowerCase();
  const localPart = email.split('@')[0] ?? '';
  if (lowered.includes(email) || (localPart.length >= NAME_LENGTH_MIN && lowered.includes(localPart))) {
    return 'must not contain your email address';
  }
  return null;
}

/**
 * Normalizes the different ways in which keyboards send the same characters: NFKC, as NIST SP 800-63B, 5.1.1.2 recommends. The time grows
 * faster than the text, so callers must check its length first.
 */
export function normalizePassword(password: string): string {
  return password.normalize('NFKC');
}

function isCommon(lowered: string, common: CommonPasswords): boolean {
  const core = lowered.replace(/^[0-9]+/, '').replace(/[0-9]+$/, '');
  if (core === '') return holdsCommonNumber(lowered, common);
  return common.has(core) || isRepetition(core, common);
}

/** A number counts as a common password with digits added if it contains the common one anywhere. */
function holdsCommonNumber(digits: string, common: CommonPasswords): boolean {
  for (let start = 0; start <= digits.length - DIGIT_RUN_LENGTH_MIN; start += 1) {
    const lengthMax = Math.min(digits.length - start, 20);
    for (let length = DIGIT_RUN_LENGTH_MIN; length <= lengthMax; length += 1) {
      if (common.has(digits.slice(start, start + length))) return true;
    }
  }
  return false;
}

function isRepetition(core: string, common: CommonPasswords): boolean {
  if (core.length > REPETITION_LENGTH_MAX) return false;
  for (let length = 1; length <= core.length / 2; length += 1) {
    const piece = core.slice(0, length);
    if (core.length % length === 0 && piece.repeat(core.length / length) === core) {
      return length <= 3 || common.has(piece);
    }
  }
  return false;
}
