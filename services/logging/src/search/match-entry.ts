import { SLOT } from '@guichet/contract/events';
import type { LogEntry } from '@guichet/contract/logging';
import { FORGOTTEN } from '@guichet/contract/logging';
import { amountTexts, isId, readData, serviceIn } from './entry-words.ts';
import { fold } from './fold.ts';
import { PERSON_SUBJECTS } from './rules.ts';
import { type Audience, wordsOfAction } from './shown-words.ts';

/** An entry as a reader sees it, with what its sentence is made of. */
export interface Readable {
  readonly view: LogEntry;
  /** The message with slots in place of names. */
  readonly template: string;
  /** The names that the reader can read in it. */
  readonly names: readonly string[];
}

/**
 * Whether the entry has each of the terms in one of its texts, in any language: what the pages show for its action and its codes, its message, the names in it,
 * the usernames of actor and subject, texts, numbers and amounts of its data; or as one of its ids.
 * @param usernames current usernames by the ids of persons
 */
export function matches(
  { view, template, names }: Readable,
  terms: readonly string[],
  { audience, usernames }: { audience: Audience; usernames: ReadonlyMap<string, string> },
): boolean {
  const shown = wordsOfAction(view.action, audience);
  let texts: string | null = null;
  return terms.every((term) => {
    if (shown.includes(term)) return true;
    texts ??= textsOf();
    return texts.includes(term) || idsOf().includes(term);
  });

  function textsOf(): string {
    const { texts, amounts } = readData(view.data, audience);
    const persons = [
      view.actor?.id,
      ...(PERSON_SUBJECTS.includes(view.subject?.type ?? '') ? [view.subject?.id] : []),
    ];
    const all = [
      ...(shown === '' ? [view.action] : []),
      template.replaceAll(SLOT, '\n'),
      ...names,
      serviceIn(view.action, view.service),
      ...(view.actor === null || view.actor.username === FORGOTTEN ? [] : [view.actor.username]),
      ...persons.map((id) => usernames.get(id ?? '') ?? ''),
      ...texts,
      ...amountTexts(amounts, view.data),
    ];
    return fold(all.join('\n'));
  }

  function idsOf(): string[] {
    const { actor, subject, id, operation_id, correlation_id } = view;
    const own = [actor?.id, subject?.id].filter((one) => one !== undefined && isId(one));
    return [...own, id, operation_id, correlation_id, ...readData(view.data, audience).ids] as string[];
  }
}
