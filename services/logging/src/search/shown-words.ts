import { readFileSync } from 'node:fs';
import { fold } from './fold.ts';

/** The readers of an entry: they get different sentences. */
export type Audience = 'staff' | 'member';
export const AUDIENCES = ['staff', 'member'] as const satisfies readonly Audience[];

type ForEach = Readonly<Record<string, Readonly<Record<Audience, string>>>>;

interface ShownWords {
  readonly actions: ForEach;
  readonly kinds: ForEach;
  readonly statuses: ForEach;
  readonly refusals: Readonly<Record<string, string>>;
  readonly mails: Readonly<Record<string, string>>;
}

/** The words that the pages show, in all languages; `npm run log-actions` writes them. */
const SHOWN = JSON.parse(readFileSync(new URL('shown-words.json', import.meta.url), 'utf8')) as ShownWords;

const foldEach = (words: ForEach): ReadonlyMap<string, Readonly<Record<Audience, string>>> =>
  new Map(
    Object.entries(words).map(([name, { staff, member }]) => [
      name,
      { staff: fold(staff), member: fold(member) },
    ]),
  );
const foldAll = (words: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(words).map(([name, text]) => [name, fold(text)]));

const ACTIONS = foldEach(SHOWN.actions);
const KINDS = foldEach(SHOWN.kinds);
const STATUSES = foldEach(SHOWN.statuses);
const REFUSALS = foldAll(SHOWN.refusals);
const MAILS = foldAll(SHOWN.mails);

/** The words that the pages show for every entry of an action; empty for an action of another release. */
export function wordsOfAction(action: string, audience: Audience): string {
  return ACTIONS.get(action)?.[audience] ?? '';
}

/** The actions whose entries all have a term, because of what the pages show for them. */
export function actionsWith(term: string, audience: Audience): string[] {
  return [...ACTIONS].filter(([, words]) => words[audience].includes(term)).map(([action]) => action);
}

/** The words that the pages show in place of a code in the data of an entry; null if they show none. */
export function wordsOfCode(field: string, code: string, audience: Audience): string | null {
  switch (field) {
    case 'type':
      return KINDS.get(code)?.[audience] ?? null;
    case 'status': {
      const words = STATUSES.get(code)?.[audience];
      // Whether an operation was decided by an agent, made by its requester or received is not in its status.
      if (words === undefined || code !== 'posted') return words ?? null;
      return [code, 'made', 'received'].map((one) => STATUSES.get(one)?.[audience] ?? '').join(' ');
    }
    case 'code':
      return REFUSALS.get(code) ?? null;
    case 'template':
      return MAILS.get(code) ?? null;
    default:
      return null;
  }
}
