import { bankTimeZone, createCalendar } from '@guichet/calendar';
import {
  clockSettings,
  databaseSettings,
  eventKeySettings,
  listSetting,
  natsSettings,
  replicaSettings,
  serverSettings,
} from '@guichet/config';
import { isIban, normalizeIban } from '@guichet/iban';
import { sealingKeys } from '@guichet/vault';
import { z } from 'zod';
import type { BankRules } from './deps.ts';
import { bankIban, drawNumber } from './ribs/make-rib.ts';

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 08:00');
const amount = z.coerce.bigint().min(0n);

/** Every setting of accounts. */
export const accountsSettings = {
  ...serverSettings,
  ...clockSettings,
  ...databaseSettings,
  ...replicaSettings,
  ...natsSettings,
  ...eventKeySettings,
  AUTH_URL: z.url().describe('Where auth listens: for its keys, revocations and second factors.'),
  DECISION_SECOND_AGENT_ABOVE: amount
    .default(1_000_000n)
    .describe(
      'Above this sum a day, approvals by one agent for one account need another agent. Minor units.',
    ),
  STEP_UP_ABOVE: amount
    .default(100_000n)
    .describe(
      'Above this sum a day, a member with a second factor needs a code to send money out of the bank. Minor units.',
    ),
  LIMIT_OPERATION: amount
    .optional()
    .describe('The most that one withdrawal or external transfer may take. Minor units.'),
  LIMIT_DAY: amount
    .optional()
    .describe(
      'The most that withdrawals and external transfers may take from an account in a day. Minor units.',
    ),
  BANK_TIME_ZONE: bankTimeZone.describe("The time zone of the bank's days."),
  BANK_NAME: z.string().default('Guichet').describe('The name of the bank, in documents.'),
  BANK_CODE: z
    .string()
    .regex(/^\d{5}$/)
    .default('30099')
    .describe("Five digits, with which the bank's own RIBs begin."),
  BRANCH_CODE: z
    .string()
    .regex(/^\d{5}$/)
    .default('00001')
    .describe('The branch in new RIBs: five digits.'),
  BANK_BIC: z
    .string()
    .regex(/^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$/)
    .default('GUICFRPPXXX')
    .describe('The BIC of the bank.'),
  SETTLEMENT_IBAN: z
    .string()
    .transform(normalizeIban)
    .refine(isIban, 'must be an IBAN')
    .optional()
    .describe(
      'The bank’s own account, from which other banks are paid, in the files of batches. By default number 0 of its branch.',
    ),
  BATCHES_AT: timeOfDay
    .or(z.literal('none'))
    .default('16:00')
    .describe(
      'The cut-off at which transfers to other banks are put into a batch, on business days and in the bank’s time; none: only agents create batches.',
    ),
  BATCHES_DIRECTORY: z
    .string()
    .optional()
    .describe(
      'Where the file of each batch is put, for a program that sends it; by default, files are only downloaded.',
    ),
  INCOMING_DIRECTORY: z
    .string()
    .optional()
    .describe(
      'Where another program puts the files of other banks, which are received from there; by default, only agents send files.',
    ),
  OPERATION_TTL_HOURS: z.coerce
    .number()
    .int()
    .min(1)
    .default(720)
    .describe('How long a request waits for its decision.'),
  ORDERS_AT: timeOfDay
    .default('06:00')
    .describe('When transfers with a date are executed on their day, in the bank’s time.'),
  DIGEST_AT: timeOfDay
    .default('08:00')
    .describe('When agents get a mail about what waits for them, on business days and in the bank’s time.'),
  WEBHOOK_ENCRYPTION_KEY: sealingKeys().describe(
    'Keys of 32 bytes in base64, separated by commas, for the secrets of webhooks in the database: the first seals, all open.',
  ),
  WEBHOOK_HOSTS: listSetting
    .transform((hosts) => new Set(hosts.map((host) => host.toLowerCase())))
    .default(new Set<string>())
    .describe(
      'Hosts that webhooks may be sent to although their address is not public, as `host` (any port) or `host:port`, separated by commas; for receivers in the same cluster.',
    ),
  RECONCILE_EVERY_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .default(300)
    .describe(
      'How often what is new in the ledger is reconciled. It uses at most a twentieth of the time, however much is new.',
    ),
  RECONCILE_FULLY_EVERY_HOURS: z.coerce
    .number()
    .min(1)
    .default(24)
    .describe('How often the whole ledger is reconciled, to find changes of rows that were verified before.'),
};

/** The rules of the bank, from its settings. */
export function rulesFrom(settings: z.output<z.ZodObject<typeof accountsSettings>>): BankRules {
  return {
    name: settings.BANK_NAME,
    bankCode: settings.BANK_CODE,
    branchCode: settings.BRANCH_CODE,
    bic: settings.BANK_BIC,
    settlementIban:
      settings.SETTLEMENT_IBAN ??
      bankIban({ bankCode: settings.BANK_CODE, branchCode: settings.BRANCH_CODE }),
    secondAgentAboveMinor: settings.DECISION_SECOND_AGENT_ABOVE,
    stepUpAboveMinor: settings.STEP_UP_ABOVE,
    limitOperationMinor: settings.LIMIT_OPERATION ?? null,
    limitDayMinor: settings.LIMIT_DAY ?? null,
    operationTtlHours: settings.OPERATION_TTL_HOURS,
    ordersAt: settings.ORDERS_AT,
    batchesAt: settings.BATCHES_AT === 'none' ? null : settings.BATCHES_AT,
    calendar: createCalendar(settings.BANK_TIME_ZONE),
    drawNumber,
  };
}
