/** What one mail says, before it is laid out: the words are the catalogue's, the design is the views'. */
export interface Letter {
  /** One line, no word of a stranger in it. */
  readonly subject: string;
  readonly heading: string;
  readonly paragraphs: readonly string[];
  /** Label and value, shown as a list. */
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly action: { readonly label: string; readonly url: string } | null;
  /** What to do when the mail comes unexpected. */
  readonly note: string | null;
}

/** A letter with nothing but what is given. */
export function letter(words: Partial<Letter> & Pick<Letter, 'subject' | 'heading' | 'paragraphs'>): Letter {
  return { facts: [], action: null, note: null, ...words };
}
