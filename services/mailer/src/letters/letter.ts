/** The content of one mail before layout: the text comes from the catalogue, the design from the views. */
export interface Letter {
  /** One line, without text that a user typed. */
  readonly subject: string;
  readonly heading: string;
  readonly paragraphs: readonly string[];
  /** Label and value, shown as a list. */
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly action: { readonly label: string; readonly url: string } | null;
  /** What to do if the mail was not expected. */
  readonly note: string | null;
}

/** A letter with the given parts only. */
export function letter(words: Partial<Letter> & Pick<Letter, 'subject' | 'heading' | 'paragraphs'>): Letter {
  return { facts: [], action: null, note: null, ...words };
}
