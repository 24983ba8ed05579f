/**
 * Formats times as `Intl.DateTimeFormat` does, except that in French the first day of a month is "1er": that is how it is written, but
 * Unicode's locale data lacks it.
 */
export function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): (at: Date) => string {
  const format = new Intl.DateTimeFormat(locale, options);
  if (!locale.startsWith('fr')) return (at) => format.format(at);
  return (at) => {
    const parts = format.formatToParts(at);
    const hasName = parts.some(({ type, value }) => type === 'month' && /\p{L}/u.test(value));
    return parts
      .map(({ type, value }) => (type === 'day' && hasName && value === '1' ? '1er' : value))
      .join('');
  };
}
