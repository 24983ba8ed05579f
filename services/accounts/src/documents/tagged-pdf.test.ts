import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { inflateSync } from 'node:zlib';
import { LANGUAGES, type Language } from '@guichet/contract';
import { ribFromIban } from '@guichet/iban';
import test from 'ava';
import type { AccountWithInterest } from '../accounts/store.ts';
import { TEST_RULES } from '../fixtures.ts';
import type { ShownEntry } from '../ledger/history-store.ts';
import { readTaggedPdf } from './read-tagged-pdf.ts';
import { drawRib } from './rib-pdf.ts';
import type { Statement } from './statement.ts';
import { drawStatement } from './statement-pdf.ts';
import { WORDS } from './words.ts';

const IBAN = 'FR7630099000010123456789023';
const NAMES = {
  plain: 'Zoé Lefèvre-Œuvrard',
  longest: `${'Marie-Françoise '.repeat(4)}${'Wolfeschlegelsteinhausenbergerdorff'.repeat(3)}`,
  'right-to-left': 'محمد بن (عبد) الله',
  transliterated: 'தமிழ் <&> "Co"',
};

async function bytesOf(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

const FROM = TEST_RULES.calendar.month('2026-10').from;

function accountOf(ownerName: string): AccountWithInterest {
  const account = { ownerName, name: ownerName.slice(0, 60), type: 'current', currency: 'EUR', iban: IBAN };
  return account as unknown as AccountWithInterest;
}

function statementOf(count: number, name: string): Statement {
  const entryOf = (index: number) => ({
    kind: index % 2 === 0 ? 'external_transfer' : 'deposit',
    amountMinor: index % 2 === 0 ? -4_321n : 10n ** 12n,
    postedAt: FROM,
    counterpartyName: index % 2 === 0 ? name : null,
    counterpartyIban: index % 2 === 0 ? IBAN : null,
    balanceAfterMinor: BigInt(index),
    reference: index % 3 === 0 ? `${name} ${index}` : null,
    reversedByTransferId: index % 5 === 0 ? 'reversed' : null,
  });
  return {
    account: accountOf(name),
    month: '2026-10',
    period: { from: FROM, to: FROM },
    issuedAt: FROM,
    openingMinor: 0n,
    closingMinor: 0n,
    async *entries() {
      for (let index = 0; index < count; index += 1) yield entryOf(index) as unknown as ShownEntry;
    },
  };
}

const drawn = (count: number, name: string, language: Language) =>
  bytesOf(drawStatement(statementOf(count, name), TEST_RULES, language));

const slip = (name: string, language: Language) => {
  const rib = ribFromIban(IBAN);
  if (rib === null) throw new Error('The IBAN has no RIB');
  return bytesOf(drawRib({ account: accountOf(name), iban: IBAN, rib, at: FROM }, TEST_RULES, language));
};

for (const language of LANGUAGES) {
  for (const [kind, name] of Object.entries(NAMES)) {
    for (const count of [0, 3, 70]) {
      test(`a statement in ${language} of ${count} entries with ${kind} names is read completely and in order`, async (t) => {
        const words = WORDS[language];
        const { document, pages } = await readTaggedPdf(await drawn(count, name, language));
        t.like(await document.getMarkInfo(), { Marked: true });
        t.like(await document.getViewerPreferences(), { DisplayDocTitle: true });
        t.like((await document.getMetadata()).info, { Language: language });
        t.is(pages.length > 1, count === 70);
        let rows = 0;
        for (const [index, { all, textOf, skipped, missed }] of pages.entries()) {
          t.deepEqual(missed, []);
          t.is(all('H1').length, index === 0 ? 1 : 0);
          t.true(skipped.includes(words.page(index + 1, pages.length)));
          t.is(skipped.includes(words.broughtForward), index > 0);
          t.is(skipped.includes(words.balance), index > 0, 'only repeated headings are skipped');
          for (const row of all('TR')) t.is(row.children?.length, 5, textOf(row));
          rows += all('TR').length;
        }
        t.is(rows, count + 2, 'one for each entry, the headings, and the closing balance');
        const [first] = pages;
        const [table] = first?.all('Table') ?? [];
        t.deepEqual(
          table?.children?.slice(0, 3).map(({ role }) => role),
          ['Caption', 'THead', 'TBody'],
        );
        const headings = first?.all('TH').map((cell) => first?.textOf(cell));
        t.deepEqual(headings?.slice(0, 5), [
          words.date,
          words.operation,
          words.debit,
          words.credit,
          words.balance,
        ]);
        const [heading] = first?.all('H1') ?? [];
        t.regex(first?.textOf(heading) ?? '', new RegExp(`^${words.statement} .*2026$`));
      });
    }
    test(`a slip in ${language} with ${kind} names is read completely and in order`, async (t) => {
      const { document, pages } = await readTaggedPdf(await slip(name, language));
      t.like((await document.getMetadata()).info, { Language: language });
      const [page] = pages;
      t.deepEqual(page?.missed, []);
      t.is(page?.skipped, '');
      const texts = page?.all('Document')[0]?.children?.map((node) => [node.role, page.textOf(node)]) ?? [];
      t.deepEqual(texts[1], ['H1', WORDS[language].rib]);
      t.true(texts[2]?.[1]?.startsWith(WORDS[language].ribPurpose));
      t.true(texts.some(([, text]) => text === `${WORDS[language].iban} FR76 3009 9000 0101 2345 6789 023`));
    });
  }
}

test('a cell is read with a space between its lines, and an empty cell stays a cell', async (t) => {
  const { pages } = await readTaggedPdf(await drawn(2, NAMES.plain, 'en'));
  const [page] = pages;
  const rows = page?.all('TR').map((row) => row.children?.map((cell) => page?.textOf(cell)));
  t.deepEqual(rows?.[1], [
    '01/10/2026',
    'Transfer · Zoé Lefèvre-Œuvrard (reversed) FR76 3009 9000 0101 2345 6789 023 Zoé Lefèvre-Œuvrard 0',
    '43.21',
    '',
    '0.00',
  ]);
  t.deepEqual(rows?.[3], ['', 'Closing balance', '', '', '0.00']);
});

test('headings have a scope, pages follow the structure when tabbed, and fonts are embedded', async (t) => {
  const text = (await drawn(70, NAMES.plain, 'fr')).toString('latin1');
  const objects = text.split('endobj');
  const headings = objects.filter((object) => /\/S \/TH\n/.test(object));
  t.is(headings.length, 6);
  for (const heading of headings) t.regex(heading, /\/O \/Table\s+\/Scope \/(Column|Row)/);
  t.is(headings.filter((heading) => heading.includes('/Scope /Row')).length, 1);
  const pages = objects.filter((object) => object.includes('/Type /Page\n'));
  t.true(pages.length > 1);
  for (const page of pages) t.regex(page, /\/Tabs \/S/);
  const fonts = objects.filter((object) => object.includes('/Type /FontDescriptor'));
  t.is(fonts.length, 2);
  for (const font of fonts) t.regex(font, /\/FontFile[23] /);
  t.is((text.match(/\/ToUnicode /g) ?? []).length, 2);
});

test('the metadata declare PDF/UA and are valid XML for any name', async (t) => {
  const name = NAMES.transliterated;
  const { document } = await readTaggedPdf(await slip(name, 'en'));
  const { metadata } = await document.getMetadata();
  t.is(metadata.get('dc:title'), `Bank account details (RIB) · ${name}`);
  t.is(metadata.get('pdfuaid:part'), '1');
});

test('names that are drawn from right to left or transliterated are copied as they were written', async (t) => {
  for (const name of [NAMES['right-to-left'], NAMES.transliterated]) {
    const pdf = await slip(name, 'en');
    const [content = ''] = streamsOf(pdf).filter((stream) => stream.includes(' BDC'));
    const written = Buffer.from(`\ufeff${name}`, 'utf16le').swap16().toString('latin1');
    const escaped = written.replace(
      /[()\\\n\r\t\b\f]/g,
      (character) => `\\${ESCAPES[character] ?? character}`,
    );
    t.true(content.includes(`/ActualText (${escaped})`), name);
  }
});

const ESCAPES: Record<string, string> = { '\n': 'n', '\r': 'r', '\t': 't', '\b': 'b', '\f': 'f' };

function streamsOf(pdf: Buffer): string[] {
  return [...pdf.toString('latin1').matchAll(/FlateDecode\n>>\nstream\n([\s\S]*?)\nendstream/g)].map(
    ([, data = '']) => inflateSync(Buffer.from(data, 'latin1')).toString('latin1'),
  );
}

test.serial('the structure of finished pages does not stay in memory', async (t) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const usedAfter: number[] = [];
  let pieces = 0;
  for await (const _ of drawStatement(statementOf(6_000, NAMES.plain), TEST_RULES, 'en')) {
    pieces += 1;
    if (pieces !== 30 && pieces !== 200) continue;
    collect();
    usedAfter.push(process.memoryUsage().heapUsed);
  }
  const [early = 0, late = 0] = usedAfter;
  t.true(late - early < 3_000_000, `${late - early} bytes more`);
});
