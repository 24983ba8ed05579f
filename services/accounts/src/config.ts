import { createCalendar, timeZoneSchema } from '@guichet/calendar';
import {
  clockSettings,
  databaseSettings,
  eventKeySettings,
  natsSettings,
  replicaSettings,
  serverSettings,
} from '@guichet/config';
import { z } from 'zod';
import type { BankRules } from './deps.ts';
import { drawNumber } from './ribs/make-rib.ts';

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
  BANK_TIME_ZONE: timeZoneSchema.default('Europe/Paris').describe("The time zone of the bank's days."),
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
    secondAgentAboveMinor: settings.DECISION_SECOND_AGENT_ABOVE,
    stepUpAboveMinor: settings.STEP_UP_ABOVE,
    limitOperationMinor: settings.LIMIT_OPERATION ?? null,
    limitDayMinor: settings.LIMIT_DAY ?? null,
    operationTtlHours: settings.OPERATION_TTL_HOURS,
    ordersAt: settings.ORDERS_AT,
    calendar: createCalendar(settings.BANK_TIME_ZONE),
    drawNumber,
  };
}
