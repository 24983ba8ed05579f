import type { Language } from '@guichet/contract';
import type { BankRules } from '../deps.ts';
import { Sheet } from './sheet.ts';
import type { Statement } from './statement.ts';
import { LINE_ROW, Paging } from './statement-paging.ts';
import { StatementWriter } from './statement-writer.ts';
import { formatsOf, WORDS } from './words.ts';

/**
 * A statement as PDF, streamed while it is drawn. The entries are read twice, once for the number of pages and the totals, and once to draw them, so
 * that memory use does not grow with the month.
 */
export async function* drawStatement(
  statement: Statement,
  rules: BankRules,
  language: Language,
): AsyncGenerator<Buffer> {
  const words = WORDS[language];
  const formats = formatsOf(language, rules.calendar.zone);
  const sheet = new Sheet({
    title: `${words.statement} · ${formats.month(statement.period.from)}`,
    author: rules.name,
    language,
    createdAt: statement.issuedAt,
  });
  await sheet.openFonts(statement.account.ownerName, statement.account.name, rules.name);
  const writer = new StatementWriter(sheet, statement, rules, words, formats);
  const plan = new Paging();
  let [creditsMinor, debitsMinor, isEmpty] = [0n, 0n, true];
  for await (const { amountMinor, ...entry } of statement.entries()) {
    await sheet.openFonts(entry.counterpartyName, entry.reference);
    plan.place(writer.rowOf({ amountMinor, ...entry }).height);
    if (amountMinor > 0n) creditsMinor += amountMinor;
    else debitsMinor += amountMinor;
    isEmpty = false;
  }
  plan.place(LINE_ROW);

  writer.drawHeader(creditsMinor, debitsMinor);
  writer.drawFooter(plan.page);
  writer.beginTable();
  const paging = new Paging();
  let balanceMinor = statement.openingMinor;
  for await (const entry of statement.entries()) {
    const row = writer.rowOf(entry);
    if (paging.place(row.height)) {
      writer.beginPage(paging.page, plan.page, balanceMinor);
      yield await sheet.takeOutput();
    }
    writer.drawEntry(entry, row, paging.y - row.height);
    balanceMinor = entry.balanceAfterMinor ?? balanceMinor;
  }
  if (paging.place(LINE_ROW)) writer.beginPage(paging.page, plan.page, balanceMinor);
  writer.endTable(paging.y - LINE_ROW, isEmpty);
  yield await sheet.takeOutput();
  yield await sheet.end();
}
