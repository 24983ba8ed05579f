/** Stands for the secret of a link. */
const HIDDEN = 'hidden';

/** The data of a mail with every link cut after its path's first word, because what follows may be a secret that opens someone's access. */
export function withoutSecrets(data: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(data).map(([field, value]) => [field, hide(value)]));
}

function hide(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/\bhttps?:\/\/\S+/gi, withoutSecret);
  if (Array.isArray(value)) return value.map(hide);
  if (typeof value === 'object' && value !== null) return withoutSecrets(value as Record<string, unknown>);
  return value;
}

function withoutSecret(link: string): string {
  if (!URL.canParse(link)) return HIDDEN;
  const { origin, pathname, search, hash } = new URL(link);
  const [, page = '', ...rest] = pathname.split('/');
  const isPlain = rest.every((part) => part === '') && search === '' && hash === '';
  return isPlain ? `${origin}/${page}` : `${origin}/${page}?token=${HIDDEN}`;
}
