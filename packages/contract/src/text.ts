import { z } from 'zod';

/**
 * A string of at most `maximum` characters (code points). A longer one is refused at once: no later check (a pattern, a normalization)
 * sees it. Refuses lone surrogates, which UTF-8 cannot carry: they would be stored as a different text than the reply shows.
 */
export function text(maximum: number): z.ZodString {
  return z
    .string()
    .max(maximum, { abort: true })
    .refine((value) => value.isWellFormed(), { message: 'must be well-formed Unicode', abort: true });
}

/** One line of text: trimmed, not blank, without control characters. */
export function plainText(maximum: number): z.ZodString {
  return text(maximum)
    .regex(/^[^\S\p{Cc}]*[^\s\p{Cc}]\P{Cc}*$/u, 'must not be empty or contain control characters')
    .trim();
}

/** As `plainText`, with line breaks and tabs. */
export function plainLines(maximum: number): z.ZodString {
  return text(maximum)
    .regex(/^[^\S\v\f]*[^\s\p{Cc}][\P{Cc}\n\r\t]*$/u, 'must not be empty or contain control characters')
    .trim();
}
