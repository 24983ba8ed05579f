export const PASSWORD_LENGTH = { min: 12, max: 128 } as const;

/** A longer repetition is not easy to guess. */
const REPETITION_LENGTH_MAX = 24;
/** Almost every long number contains shorter runs of digits. */
const DIGIT_RUN_LENGTH_MIN = 5;
/** Too many ordinary words contain a shorter local part of an email address. */
const LOCAL_PART_LENGTH_MIN = 3;
/** Too many ordinary words contain a shorter name: Ann is in planning, Lee in sleep. */
const NAME_LENGTH_MIN = 4;
/** In a script without an alphabet a name has fewer characters, and they are rarer. */
const IDEOGRAPHIC_NAME_LENGTH_MIN = 2;
const IDEOGRAPHIC = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u30fc]+$/u;

/** Letters that Unicode does not decompose, as people type them on a keyboard without them. */
const LETTERS: Readonly<Record<string, string>> = {
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
  æ: 'ae',
  œ: 'oe',
  ß: 'ss',
};

/** The passwords that people choose most: lower case, without the digits around them. */
export type CommonPasswords = ReadonlySet<string>;

/** The user for whom a password is chosen; `email` is empty if there is none. */
export interface PasswordOwner {
  username: string;
  email: string;
  first_name: string | null;
  last_name: string | null;
}

/**
 * The weakness of a new password, as a sentence for its owner; null if there is none. Lengths are Unicode code points, case is
 * ignored, and there are no rules of composition. Common passwords and those that contain the owner's own names are refused
 * (NIST SP 800-63B-4, 3.1.1.2). Accents make no difference to names.
 */
export function passwordWeakness(
  password: string,
  owner: PasswordOwner,
  common: CommonPasswords,
): string | null {
  const length = [...password].length;
  if (length < PASSWORD_LENGTH.min) return `must have at least ${PASSWORD_LENGTH.min} characters`;
  if (length > PASSWORD_LENGTH.max) return `must have at most ${PASSWORD_LENGTH.max} characters`;
  const lowered = normalizePassword(password).toLowerCase();
  if (isCommon(lowered, common)) return 'must not be a common password';
  const plain = fold(password);
  if (plain.includes(fold(owner.username))) return 'must not contain your username';
  // The local part of an address is in every password that contains the address.
  const localPart = fold(owner.email.split('@')[0] ?? '');
  if (localPart.length >= LOCAL_PART_LENGTH_MIN && plain.includes(localPart)) {
    return 'must not contain your email address';
  }
  if (containsName(plain, owner)) return 'must not contain your name';
  return null;
}

/** Whether the folded password contains one of the words of a name, or the whole name however its words are separated. */
function containsName(plain: string, { first_name, last_name }: PasswordOwner): boolean {
  const joined = lettersOf(plain).join('');
  return [first_name, last_name].some((name) => {
    const words = lettersOf(fold(name ?? ''));
    const whole = words.join('');
    return (
      words.some((word) => isLongEnough(word) && plain.includes(word)) ||
      (isLongEnough(whole) && joined.includes(whole))
    );
  });
}

function isLongEnough(name: string): boolean {
  const lengthMin = IDEOGRAPHIC.test(name) ? IDEOGRAPHIC_NAME_LENGTH_MIN : NAME_LENGTH_MIN;
  return [...name].length >= lengthMin;
}

function lettersOf(folded: string): string[] {
  return folded.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
}

/** Text without case and accents. */
function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[øđðłħıæœß]/g, (letter) => LETTERS[letter] ?? letter);
}

/**
 * Normalizes the different ways in which keyboards send the same characters: NFKC, as NIST SP 800-63B-4, 3.1.1.2 recommends. The time grows
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
