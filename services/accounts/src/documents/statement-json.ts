import { toJsonMinor } from '@guichet/money';
import { viewAccount } from '../accounts/views.ts';
import type { BankRules } from '../deps.ts';
import { viewEntry } from '../ledger/views.ts';
import type { Statement } from './statement.ts';

/** A statement as JSON, entry by entry. */
export async function* writeStatementJson(statement: Statement, rules: BankRules): AsyncGenerator<string> {
  const head = JSON.stringify({
    account: viewAccount(statement.account, rules),
    month: statement.month,
    opening_balance: toJsonMinor(statement.openingMinor),
    closing_balance: toJsonMinor(statement.closingMinor),
  });
  yield `${head.slice(0, -1)},"entries":[`;
  let separator = '';
  for await (const entry of statement.entries()) {
    yield separator + JSON.stringify(viewEntry(entry));
    separator = ',';
  }
  yield ']}';
}
