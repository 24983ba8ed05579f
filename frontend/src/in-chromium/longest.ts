/** A name without a blank, as long as the bank allows. */
const NAME =
  'Wolfeschlegelsteinhausenbergerdorff-Wolfeschlegelsteinhausenbergerdorffssohn-Donaudampfschiffahrten';
const TEXT = `${NAME} et quelques mots de plus pour 140 caracteres`.slice(0, 140);
const TEXTS: Record<string, string> = {
  first_name: NAME,
  last_name: NAME,
  owner_name: `${NAME} ${NAME}`,
  name: NAME.slice(0, 60),
  username: NAME.slice(0, 32),
  email: `${NAME.slice(0, 64)}@example.org`,
  reference: TEXT,
  reason: TEXT,
};

/** The answers of the fake bank with the longest names and texts, and amounts of hundreds of millions. */
export function lengthen(json: string): string {
  return json
    .replaceAll(/"(\w+)":"(?:[^"\\]|\\.)*"/g, (pair, key: string) =>
      Object.hasOwn(TEXTS, key) ? `"${key}":${JSON.stringify(TEXTS[key])}` : pair,
    )
    .replaceAll(
      /"(amount|balance|balance_after|available|held|credit|debit)":(-?)\d{3,}/g,
      '"$1":$298765432109',
    );
}
