import type { Language } from '@guichet/contract';
import { formatIban, type Rib } from '@guichet/iban';
import type { AccountWithOwner } from '../accounts/store.ts';
import type { BankRules } from '../deps.ts';
import { CONTENT_WIDTH, PAGE, Sheet } from './sheet.ts';
import { formatsOf, WORDS } from './words.ts';

const LEFT = PAGE.margin;
const RIGHT = PAGE.width - PAGE.margin;
const INNER = LEFT + 20;
const INNER_WIDTH = CONTENT_WIDTH - 40;

/** An open account's RIB slip as French banks print it: bank, branch, number and key, the IBAN in groups of four, BIC, holder and branch. */
export async function* drawRib(
  slip: { account: AccountWithOwner; iban: string; rib: Rib; at: Date },
  rules: BankRules,
  language: Language,
): AsyncGenerator<Buffer> {
  const { account, rib } = slip;
  const words = WORDS[language];
  const formats = formatsOf(language, rules.calendar.zone);
  const sheet = new Sheet({
    title: `${words.rib} · ${account.ownerName}`,
    author: rules.name,
    language,
    createdAt: slip.at,
  });
  await sheet.openFonts(account.ownerName, account.name, rules.name);
  const fact = (label: string, value: string, x: number, y: number, size = 11.5, width = INNER_WIDTH) => {
    sheet.tags.element('P', () => {
      sheet.text(`${label} `, x, y, { size: 8, colour: 'muted', fitWidth: width });
      sheet.text(value, x, y + 12, { size, fitWidth: width });
    });
  };

  sheet.box(LEFT, 48, CONTENT_WIDTH, 376, { stroke: 'line' });
  sheet.logo(INNER, 68, 30);
  sheet.tags.element('P', () =>
    sheet.text(rules.name, INNER + 40, 72, { size: 17, weight: 'bold', fitWidth: 170 }),
  );
  sheet.tags.element('H1', () =>
    sheet.text(words.rib, RIGHT - 20, 74, { size: 14, weight: 'bold', align: 'right', fitWidth: 230 }),
  );
  sheet.tags.element('P', () => {
    for (const [index, line] of sheet.wrap(words.ribPurpose, INNER_WIDTH, 8).entries()) {
      sheet.text(line, INNER, 112 + index * 11, { size: 8, colour: 'muted' });
    }
  });

  fact(words.holder, account.ownerName, INNER, 148, 13);
  fact(words.account, `${account.name} · ${words.types[account.type]}`, INNER, 188, 10.5, INNER_WIDTH - 100);
  fact(words.currency, account.currency, RIGHT - 100, 188, 10.5, 80);

  sheet.box(INNER, 230, INNER_WIDTH, 54, { fill: 'inset' });
  const parts = [
    [words.bank, rib.bank, 14],
    [words.branch, rib.branch, 120],
    [words.number, rib.number, 226],
    [words.key, rib.key, 390],
  ] as const;
  for (const [label, value, x] of parts) {
    sheet.tags.element('P', () => {
      sheet.text(`${label} `, INNER + x, 239, { size: 8, colour: 'muted' });
      sheet.text(value, INNER + x, 253, { size: 14, weight: 'bold' });
    });
  }

  const groups = formatIban(slip.iban).split(' ');
  const gap = 6;
  const width = (INNER_WIDTH - gap * (groups.length - 1)) / groups.length;
  const leftOf = (index: number) => INNER + index * (width + gap);
  for (const index of groups.keys()) sheet.box(leftOf(index), 314, width, 26, { stroke: 'line' });
  sheet.tags.element('P', () => {
    sheet.text(`${words.iban} `, INNER, 300, { size: 8, colour: 'muted' });
    for (const [index, group] of groups.entries()) {
      const x = leftOf(index) + (width - sheet.widthOf(group, 13, 'bold')) / 2;
      sheet.text(`${group} `, x, 318, { size: 13, weight: 'bold' });
    }
  });

  fact(words.bic, rules.bic, INNER, 360, 13, INNER_WIDTH / 2 - 10);
  const branch = `${rules.name} · ${words.branch.toLocaleLowerCase(formats.locale)} ${rib.branch}`;
  fact(words.domiciliation, branch, INNER + INNER_WIDTH / 2, 360, 11.5, INNER_WIDTH / 2);
  sheet.tags.element('P', () =>
    sheet.text(words.issuedOn(formats.longDay(slip.at)), INNER, 402, { size: 7.5, colour: 'muted' }),
  );
  yield await sheet.takeOutput();
  yield await sheet.end();
}
