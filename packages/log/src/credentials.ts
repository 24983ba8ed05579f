export const REDACTED = '[redacted]';

/** A text without the bearer tokens, personal API tokens and secrets of links that it may quote. */
export function withoutCredentials(text: string): string {
  if (!/bearer |token=|code=|guichet_/i.test(text)) return text;
  return text
    .replace(/\b(bearer )[\w.~+/=-]+/gi, `$1${REDACTED}`)
    .replace(/\bguichet_[\w-]{43}[0-9A-Za-z]{6}\b/g, REDACTED)
    .replace(/([?&](?:\w*token|code)=)[^&\s"'<>]+/gi, `$1${REDACTED}`);
}
