export const REDACTED = '[redacted]';

/** A text without the bearer tokens, and the secrets of links, that it may quote. */
export function withoutCredentials(text: string): string {
  if (!/bearer |token=|code=/i.test(text)) return text;
  return text
    .replace(/\b(bearer )[\w.~+/=-]+/gi, `$1${REDACTED}`)
    .replace(/([?&](?:\w*token|code)=)[^&\s"'<>]+/gi, `$1${REDACTED}`);
}
