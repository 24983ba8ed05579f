import { z } from 'zod';
import { AccountView } from './accounts/account-views.ts';
import { EntryView } from './accounts/ledger-views.ts';
import { OperationView } from './accounts/operation-views.ts';
import { BeneficiaryView } from './accounts/payees.ts';
import { StandingOrderView } from './accounts/standing-orders.ts';
import { DeliveryView, WebhookView } from './accounts/webhooks.ts';
import { ProfileView } from './auth/profile.ts';
import { Id, Time } from './fields.ts';
import { LENGTHS } from './lengths.ts';
import { OPTIONAL_MAIL_KINDS } from './lists/mails.ts';
import { ROLES } from './lists/users.ts';
import { LogEntryView } from './logging/entries.ts';
import { text } from './text.ts';

/** The data that auth itself holds about a person, in the order of the export; see `PersonalDataView`. */
const AUTH_DATA = {
  sessions: z.array(
    z.object({
      id: Id,
      created_at: Time,
      last_used_at: Time,
      expires_at: Time,
      ended_at: Time.nullable(),
      end_reason: z.string().nullable(),
      user_agent: z.string().nullable(),
      ip: z.string().nullable(),
      device_id: Id.nullable(),
      second_factor: z.boolean(),
    }),
  ),
  unfinished_sign_ins: z.array(
    z.object({ device_id: Id.nullable(), failures: z.int(), created_at: Time, expires_at: Time }),
  ),
  trusted_devices: z.array(z.object({ id: Id, failures: z.int(), created_at: Time, last_used_at: Time })),
  known_devices: z.array(z.object({ first_seen_at: Time, last_seen_at: Time })),
  authenticator_apps: z.array(z.object({ created_at: Time, confirmed_at: Time.nullable() })),
  passkeys: z.array(
    z.object({
      id: Id,
      name: z.string(),
      transports: z.string(),
      aaguid: z.string().meta({ description: 'The model of the authenticator' }),
      backup_eligible: z.boolean(),
      backed_up: z.boolean(),
      created_at: Time,
      last_used_at: Time.nullable(),
    }),
  ),
  passkey_challenges: z.array(
    z.object({
      purpose: z.string(),
      session_id: Id.nullable(),
      amount: z.int().nullable(),
      iban: z.string().nullable(),
      expires_at: Time,
    }),
  ),
  confirmed_payments: z.array(
    z.object({ session_id: Id, passkey_id: Id, amount: z.int(), iban: z.string(), expires_at: Time }),
  ),
  api_tokens: z.array(
    z.object({
      id: Id,
      name: z.string(),
      scopes: z.string(),
      created_at: Time,
      expires_at: Time,
      last_used_at: Time.nullable(),
      revoked_at: Time.nullable(),
    }),
  ),
  mailed_links: z.array(
    z.object({
      purpose: z.string(),
      email: z.string(),
      session_id: Id.nullable(),
      created_at: Time,
      expires_at: Time,
    }),
  ),
};

/** The data that accounts holds about a person. */
const ACCOUNTS_DATA = {
  bank_identity: z.array(
    z.object({
      username: z.string(),
      name: z.string(),
      verified_first_name: z.string().nullable(),
      verified_last_name: z.string().nullable(),
      role: z.string(),
      status: z.string(),
      version: z.int(),
    }),
  ),
  accounts: z.array(AccountView),
  ribs: z.array(
    z.object({ iban: z.string(), account_id: Id, created_at: Time, retired_at: Time.nullable() }),
  ),
  beneficiaries: z.array(BeneficiaryView),
  operations: z.array(OperationView),
  standing_orders: z.array(StandingOrderView),
  webhooks: z.array(WebhookView),
  webhook_deliveries: z.array(DeliveryView.extend({ webhook_id: Id })),
  entries: z.array(EntryView.extend({ account_id: Id })),
  idempotency_keys: z.array(z.object({ key: z.string(), status: z.int(), created_at: Time })),
  payee_checks: z.array(z.object({ minute: Time, checks: z.int() })),
  sent_sums: z.array(z.object({ day_start: Time, amount: z.int() })),
};

/** The entries that the audit log holds about a person. */
const LOG_DATA = {
  log: z.array(
    LogEntryView.extend({
      message: z.string().nullable(),
      data: LogEntryView.shape.data.nullable(),
    }).meta({ description: 'For staff, message and data are null where the entry is about a customer' }),
  ),
};

export type AuthSection = keyof typeof AUTH_DATA;
export type AccountsSection = keyof typeof ACCOUNTS_DATA;
export const AUTH_SECTIONS = Object.keys(AUTH_DATA) as AuthSection[];
export const ACCOUNTS_SECTIONS = Object.keys(ACCOUNTS_DATA) as AccountsSection[];
export const LOG_SECTIONS = Object.keys(LOG_DATA) as (keyof typeof LOG_DATA)[];

/** Why a part of what the bank holds is not in an export. */
export const WITHHELD = [
  'credentials',
  'staff_notes',
  'requests_of_staff',
  'customers_of_staff',
  'token_scopes',
] as const;
export type Withheld = (typeof WITHHELD)[number];

const Failures = z
  .object({ failures: z.int(), last_failed_at: Time, locked_until: Time.nullable() })
  .nullable();
const nullable = <Lists extends Record<string, z.ZodType>>(lists: Lists) =>
  Object.fromEntries(
    Object.entries(lists).map(([name, list]) => [
      name,
      list.nullable().meta({ description: 'Null if the API token lacks the scope' }),
    ]),
  ) as { [Name in keyof Lists]: z.ZodNullable<Lists[Name]> };

/** Everything that the bank holds about a person. An export without `complete` at its end was cut off. */
export const PersonalDataView = z
  .object({
    generated_at: Time,
    profile: ProfileView.extend({ updated_at: Time, refused_mails: z.array(z.enum(OPTIONAL_MAIL_KINDS)) }),
    failed_attempts: z.object({ sign_in: Failures, second_factor: Failures }),
    mails_counted: z
      .array(Time)
      .meta({ description: 'Mails of the last hour that can be requested without signing in' }),
    ...AUTH_DATA,
    ...nullable(ACCOUNTS_DATA),
    ...nullable(LOG_DATA),
    withheld: z.array(z.object({ what: z.enum(WITHHELD), reason: z.string() })),
    complete: z.literal(true),
  })
  .meta({ id: 'PersonalData' });
export type PersonalData = z.output<typeof PersonalDataView>;

/** The query of GET /internal/people/{id}/accounts in accounts and …/log in logging, which auth asks. */
export const PersonalDataQuery = z.strictObject({
  // Longer than that of a list: an idempotency key may be the position.
  cursor: text(2 * LENGTHS.cursor)
    .regex(/^[A-Za-z0-9_-]+$/, 'must be a cursor')
    .optional(),
  /** The role of the person. */
  role: z.enum(ROLES),
});

/** A page of one section of what a service holds about a person; `next` is null after the last page of the last section. */
export const PersonalDataPageView = z.object({
  section: z.enum([...ACCOUNTS_SECTIONS, ...LOG_SECTIONS]),
  items: z.array(z.record(z.string(), z.unknown())),
  next: z.string().nullable(),
});
export type PersonalDataPage = z.output<typeof PersonalDataPageView>;
