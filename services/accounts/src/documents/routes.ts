import { Readable } from 'node:stream';
import { monthSchema } from '@guichet/calendar';
import { IdParams, isPassive, PassiveHeaders } from '@guichet/contract';
import { StatementView } from '@guichet/contract/accounts';
import { route, streamed, token } from '@guichet/http';
import { ribFromIban } from '@guichet/iban';
import { z } from 'zod';
import { openAccountPage } from '../accounts/open-account-page.ts';
import { readableAccount } from '../accounts/readable-account.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { openStatement } from './statement.ts';
import { writeStatementCamt053 } from './statement-camt053.ts';
import { writeStatementCsv } from './statement-csv.ts';
import { writeStatementJson } from './statement-json.ts';

const PDF = 'application/pdf';
const JSON_TYPE = 'application/json; charset=utf-8';
const CSV = 'text/csv; charset=utf-8';
const XML = 'application/xml; charset=utf-8';
const attached = (filename: string) => ({ 'Content-Disposition': `attachment; filename="${filename}"` });

export function documentRoutes(deps: Deps) {
  return [
    route({
      method: 'GET',
      path: '/api/accounts/:id/statement',
      summary:
        'Get a monthly statement, as JSON, CSV, PDF or ISO 20022 camt.053.001.08 (PDFs follow Accept-Language: English or French)',
      access: token({ scope: 'accounts:read' }),
      params: IdParams,
      query: z.strictObject({
        month: monthSchema.optional(),
        format: z.enum(['json', 'csv', 'pdf', 'camt053']).default('json'),
      }),
      replies: { 200: [StatementView, 'text/csv', PDF, 'application/xml'] },
      headers: PassiveHeaders,
      handle: async ({ params, query, headers, language, ...request }) => {
        const reader = { ...request, isPassive: isPassive(headers) };
        const account = await openAccountPage(deps, reader, params.id);
        const month = query.month ?? deps.rules.calendar.monthOf(deps.clock());
        const statement = await openStatement(deps, account, month);
        const filename = `statement-${month}.${query.format === 'camt053' ? 'xml' : query.format}`;
        if (query.format === 'json') {
          return streamed(JSON_TYPE, Readable.from(writeStatementJson(statement, deps.rules)));
        }
        if (query.format === 'csv') {
          return streamed(CSV, Readable.from(writeStatementCsv(statement)), attached(filename));
        }
        if (query.format === 'camt053') {
          const written = Readable.from(writeStatementCamt053(statement, deps.rules));
          return streamed(XML, written, attached(filename));
        }
        // The drawing library is loaded on first use: in an idle service it would be a large part of the memory.
        const { drawStatement } = await import('./statement-pdf.ts');
        return streamed(PDF, Readable.from(drawStatement(statement, deps.rules, language)), {
          ...attached(filename),
          'Content-Language': language,
          Vary: 'Accept-Language',
        });
      },
    }),
    route({
      method: 'GET',
      path: '/api/accounts/:id/rib.pdf',
      summary:
        'Get the account details (RIB) of an open account as PDF; follows Accept-Language: English or French',
      access: token({ scope: 'accounts:read' }),
      params: IdParams,
      replies: { 200: PDF },
      refusals: [refuse.account_not_open],
      handle: async ({ params, caller, language }) => {
        const account = await readableAccount(deps, caller, params.id);
        const { iban } = account;
        const rib = iban === null ? null : ribFromIban(iban);
        if (account.status !== 'open' || iban === null || rib === null) throw refuse.account_not_open();
        const { drawRib } = await import('./rib-pdf.ts');
        const slip = { account, iban, rib, at: deps.clock() };
        return streamed(PDF, Readable.from(drawRib(slip, deps.rules, language)), {
          ...attached(`rib-${iban}.pdf`),
          'Content-Language': language,
          Vary: 'Accept-Language',
        });
      },
    }),
  ];
}
