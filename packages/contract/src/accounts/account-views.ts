import { z } from 'zod';
import { Id, Time } from '../fields.ts';
import { LENGTHS } from '../lengths.ts';
import { ACCOUNT_STATUSES, ACCOUNT_TYPES } from '../lists/accounts.ts';
import { plainText } from '../text.ts';

export const RibView = z
  .object({ bank: z.string(), branch: z.string(), number: z.string(), key: z.string() })
  .meta({ id: 'Rib' });
export type Rib = z.output<typeof RibView>;

/** An account's own limits in minor units; null means the bank's limit. */
export const LimitsView = z.object({ operation: z.int().nullable(), day: z.int().nullable() });
export type Limits = z.output<typeof LimitsView>;

/** An account as its owner and the agents see it; amounts in minor units. */
export const AccountView = z
  .object({
    id: Id,
    owner_id: Id,
    owner_name: z.string(),
    name: z.string(),
    type: z.enum(ACCOUNT_TYPES),
    /** The code of its product. */
    product: z.string(),
    currency: z.string(),
    status: z.enum(ACCOUNT_STATUSES),
    rib: RibView.nullable(),
    iban: z.string().nullable(),
    bic: z.string(),
    balance: z.int(),
    held: z.int(),
    available: z.int(),
    overdraft: z.int(),
    limits: LimitsView,
    /** The interest of all days that are over, in whole minor units: a fraction is cut off. Negative if the customer owes it. */
    accrued_interest: z.int(),
    created_at: Time,
    opened_at: Time.nullable(),
    closed_at: Time.nullable(),
  })
  .meta({ id: 'Account' });
export type Account = z.output<typeof AccountView>;

export const AccountRename = z.strictObject({ name: plainText(LENGTHS.accountName) });
export type AccountRename = z.input<typeof AccountRename>;
