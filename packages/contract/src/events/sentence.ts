/** A text about a person, as a sentence has it: a username, or a name that the person chose. */
export interface PersonalText {
  /** The id of the person. */
  readonly of: string;
  readonly text: string;
}

/** A word of a sentence that says nothing about a person. */
export interface PlainText {
  readonly plain: string;
}

/** A sentence of the audit log. Its personal texts stand apart, so that they can be forgotten while the sentence is kept. */
export interface Sentence {
  /** The sentence, with a slot in place of each personal text. */
  readonly message: string;
  /** The personal texts, in the order of their slots. */
  readonly names: readonly PersonalText[];
}

/** Stands for a personal text in a message: U+FFFC, the object replacement character. */
export const SLOT = '\ufffc';

const ALL_SLOTS = new RegExp(SLOT, 'g');
const NOT_FROM_A_TEMPLATE = '\ufffd';

/**
 * Writes a sentence of the audit log: sentence`${nameOf(user)} signed in.` The compiler refuses a bare string in it, because it can't tell
 * whether the string is a name.
 */
export function sentence(
  parts: TemplateStringsArray,
  ...words: readonly (PersonalText | PlainText)[]
): Sentence {
  const names = words.filter((word) => 'of' in word);
  const message = String.raw(
    { raw: parts },
    ...words.map((word) => ('of' in word ? SLOT : withoutSlots(word.plain))),
  );
  return { message, names };
}

/** A word that says nothing about a person. */
export function plain(text: string): PlainText {
  return { plain: text };
}

/** A text that has no slot, although others chose it. */
export function withoutSlots(text: string): string {
  return text.replace(ALL_SLOTS, NOT_FROM_A_TEMPLATE);
}

/** The sentence with a text in each of its slots. */
export function fillSlots(message: string, textOf: (slot: number) => string): string {
  let slot = 0;
  return message.replace(ALL_SLOTS, () => textOf(slot++));
}
