import { LENGTHS } from '../lengths.ts';
import { plainLines, plainText, text } from '../text.ts';

/** 3 to 32 of a–z 0–9 . _ -, starting with a letter; case is ignored, and the stored form is lower case. */
export const Username = text(LENGTHS.username)
  .regex(
    /^[A-Za-z][A-Za-z0-9._-]{2,31}$/,
    'must be 3 to 32 letters, digits, dots, underscores or dashes, a letter first',
  )
  .toLowerCase();

/** A password as typed. The policy's limit is lower, so that users get the policy's refusal. */
export const PasswordInput = text(LENGTHS.passwordInput);

/** A part of a person's name, without control characters, which have a meaning in mail headers and terminals. */
export const PersonName = plainText(LENGTHS.namePart);

/** The reason for an agent's decision about a user. */
export const Reason = plainLines(LENGTHS.reason);

/** A refresh token, or the token of a mailed link. */
export const OpaqueToken = text(LENGTHS.opaqueToken).min(1);

/** A code of the second factor. */
export const Code = plainText(LENGTHS.codeInput);
