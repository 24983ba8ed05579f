import { CURRENCIES, type Currency, MAX_AMOUNT_MINOR } from '@guichet/money';
import { z } from 'zod';
import { LENGTHS } from './lengths.ts';
import { text } from './text.ts';

/** A UUID as this bank generates them; case does not matter. */
export const Id = text(36)
  // No flag for either case: the patterns of the OpenAPI document have none.
  .regex(/^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/, 'must be a UUID')
  .transform((id) => id.toLowerCase())
  // JSON Schema cannot see through a transformation.
  .meta({ type: 'string', format: 'uuid' });

/** The parameters of a path with one id, such as `/api/accounts/:id`. */
export const IdParams = z.object({ id: Id });

/** A time in a reply: RFC 3339, in UTC with milliseconds. */
export const Time = z.iso.datetime();

/** A day of the bank, such as `2026-10-31`. */
export const BankDate = text('2026-10-31'.length)
  .pipe(z.iso.date())
  .meta({ type: 'string', format: 'date', examples: ['2026-10-31'] });

/** An amount as clients write it: a JSON integer of minor units, 1 to 10^12. The domain uses a bigint. */
export const Amount = z
  .int()
  .min(1)
  .max(Number(MAX_AMOUNT_MINOR))
  .meta({ description: 'Minor units (cents), an integer from 1 to 10^12' });

/** A currency in which accounts may be opened. */
export const AccountCurrency = z.enum(Object.keys(CURRENCIES) as [Currency, ...Currency[]]);

/** An integer in a query string, in plain digits. */
export function queryInteger({ min, max }: { min: number; max: number }) {
  return text(15)
    .regex(/^(0|[1-9]\d*)$/, 'must be an integer')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`)
    .meta({ type: 'integer', minimum: min, maximum: max });
}

/** An amount that a list is filtered by, in minor units; the domain uses a bigint. */
export const amountFilter = queryInteger({ min: 0, max: Number(MAX_AMOUNT_MINOR) })
  .transform(BigInt)
  .meta({ type: 'integer', minimum: 0, maximum: Number(MAX_AMOUNT_MINOR), description: 'Minor units' })
  .optional();

/** A key that makes a request idempotent (draft-ietf-httpapi-idempotency-key-header). */
export const IdempotencyKey = text(LENGTHS.idempotencyKey).regex(
  /^[\x20-\x7e]+$/,
  `must be 1 to ${LENGTHS.idempotencyKey} printable characters`,
);
