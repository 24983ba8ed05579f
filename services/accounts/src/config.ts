import { createCalendar, timeZoneSchema } from '@guichet/calendar';
import {
  clockSettings,
  databaseSettings,
  eventKeySettings,
  natsSettings,
  serverSettings,
} from '@guichet/config';
import { z } from 'zod';
import type { BankRules } from './bank.ts';
import { drawNumber } from './ribs/make-rib.ts';

const amount = z.coerce.bigint().min(0n);

/** Every setting of accounts. */
export const accountsSettings = {
  ...serverSettings,
  ...clockSettings,
  ...databaseSettings,
  ...natsSettings,
  ...eventKeySettings,
  /** Where auth answers, for its keys and revocations. */
  AUTH_URL: z.url(),
  /** In minor units; above this sum a day, approvals by one agent for one account need another agent. */
  DECISION_SECOND_AGENT_ABOVE: amount.default(1_000_000n),
  /** In minor units; above this sum a day, a member with a second factor needs a code to send money out of the bank. */
  STEP_UP_ABOVE: amount.default(100_000n),
  /** The most that one withdrawal or external transfer may take, in minor units. */
  LIMIT_OPERATION: amount.optional(),
  /** The most that they may take from an account in a day, in minor units. */
  LIMIT_DAY: amount.optional(),
  BANK_TIME_ZONE: timeZoneSchema.default('Europe/Paris'),
  BANK_NAME: z.string().default('Guichet'),
  /** Five digits: the bank's own RIBs begin with it. */
  BANK_CODE: z
    .string()
    .regex(/^\d{5}$/)
    .default('30099'),
  BRANCH_CODE: z
    .string()
    .regex(/^\d{5}$/)
    .default('00001'),
  BANK_BIC: z
    .string()
    .regex(/^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$/)
    .default('GUICFRPPXXX'),
  /** How long a request waits for its decision. */
  OPERATION_TTL_HOURS: z.coerce.number().int().min(1).default(720),
  /** How often the ledger is added up; it takes a twentieth of the time at most, however large it is. */
  RECONCILE_EVERY_SECONDS: z.coerce.number().int().min(1).default(300),
};

/** The rules of the bank, as its settings say. */
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
    calendar: createCalendar(settings.BANK_TIME_ZONE),
    drawNumber,
  };
}
