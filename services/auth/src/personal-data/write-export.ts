import {
  ACCOUNTS_SECTIONS,
  AUTH_SECTIONS,
  LOG_SECTIONS,
  type PersonalData,
} from '@guichet/contract/personal-data';
import type { Database } from '@guichet/database';
import type { Person, ReadPersonalData } from './personal-data-peer.ts';
import { readOwnData } from './read-own-data.ts';

/** The first page of what another service holds, and how to read the others. */
export interface Source {
  first: Awaited<ReturnType<ReadPersonalData>>;
  read: ReadPersonalData;
}

export interface ExportParts {
  db: Database;
  person: Person;
  head: Omit<PersonalData, keyof ExportedLists | 'withheld' | 'complete'>;
  /** Null: the caller may not read it. */
  accounts: Source | null;
  log: Source | null;
  withheld: PersonalData['withheld'];
  /** Fails once the caller's access has ended. */
  stillAllowed(): Promise<void>;
}

type ExportedLists = Pick<
  PersonalData,
  (typeof AUTH_SECTIONS)[number] | (typeof ACCOUNTS_SECTIONS)[number] | (typeof LOG_SECTIONS)[number]
>;

interface SectionItems {
  section: string;
  items: readonly unknown[];
}

/**
 * A person's data as the text of one JSON object, a page at a time: a page is read when the client has received the previous one, so memory doesn't grow
 * with the export, and no connection is held while the client is slow. If a page can't be read, the text ends in the middle: an export that isn't
 * complete is not valid JSON.
 */
export async function* writeExport(parts: ExportParts): AsyncGenerator<string> {
  const { db, person, head, accounts, log, withheld } = parts;
  yield JSON.stringify(head).slice(0, -1);
  yield* writeLists(AUTH_SECTIONS, readOwnData(db, person.id));
  yield* writeSource(ACCOUNTS_SECTIONS, accounts, parts);
  yield* writeSource(LOG_SECTIONS, log, parts);
  yield `,"withheld":${JSON.stringify(withheld)},"complete":true}\n`;
}

function writeSource(
  sections: readonly string[],
  source: Source | null,
  parts: ExportParts,
): AsyncGenerator<string> | string[] {
  if (source === null) return sections.map((section) => `,"${section}":null`);
  return writeLists(sections, readPages(source, parts));
}

async function* readPages({ first, read }: Source, parts: ExportParts): AsyncGenerator<SectionItems> {
  for (let page = first; ; ) {
    yield page;
    if (page.next === null) return;
    await parts.stillAllowed();
    page = await read(parts.person, page.next);
  }
}

/** One list for each section, whose pages come in the order of the sections. */
async function* writeLists(
  sections: readonly string[],
  pages: AsyncIterable<SectionItems>,
): AsyncGenerator<string> {
  let open = -1;
  let isEmpty = true;
  for await (const { section, items } of pages) {
    const index = sections.indexOf(section);
    if (index === -1 || index < open) throw new Error(`the section ${section} is not expected here`);
    while (open < index) {
      open += 1;
      yield `${open === 0 ? '' : ']'},"${sections[open]}":[`;
      isEmpty = true;
    }
    if (items.length === 0) continue;
    yield (isEmpty ? '' : ',') + items.map((item) => JSON.stringify(item)).join(',');
    isEmpty = false;
  }
  while (open < sections.length - 1) {
    open += 1;
    yield `${open === 0 ? '' : ']'},"${sections[open]}":[`;
  }
  yield ']';
}
