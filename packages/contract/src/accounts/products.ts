import { MAX_AMOUNT_MINOR } from '@guichet/money';
import { z } from 'zod';
import { BankDate } from '../fields.ts';
import { LENGTHS } from '../lengths.ts';
import { ACCOUNT_TYPES } from '../lists/accounts.ts';
import { RATE_MAX } from '../lists/products.ts';
import { plainText, text } from '../text.ts';

/** The name of a product in the API and in the database. */
export const ProductCode = text(LENGTHS.productCode).regex(
  /^[a-z][a-z0-9_]*$/,
  'must be small letters, digits and underscores, and begin with a letter',
);

/** The parameters of a path with a product. */
export const ProductParams = z.object({ code: ProductCode });

const rate = z.int().min(0).max(RATE_MAX).meta({ description: 'Basis points a year: 250 is 2.5 %' });
const minor = z.int().min(0).max(Number(MAX_AMOUNT_MINOR));

/** The rates of a product from a day on. Amounts in minor units of the account's currency. */
export const ProductTermsView = z.object({
  valid_from: BankDate,
  interest_rate: rate,
  overdraft_rate: rate,
  monthly_fee: minor,
  minimum_balance: minor,
});
export type ProductTerms = z.output<typeof ProductTermsView>;

/** A product with today's rates, all 0 before the first `valid_from`. */
export const ProductView = ProductTermsView.extend({
  code: z.string(),
  name: z.string(),
  type: z.enum(ACCOUNT_TYPES),
  /** Since when today's rates apply; null if no rates have begun. */
  valid_from: BankDate.nullable(),
  /** The last rates, also those that have not begun; the latest first. */
  rates: z.array(ProductTermsView),
}).meta({ id: 'Product' });
export type Product = z.output<typeof ProductView>;

/** The body of PUT /api/products/{code}. */
export const ProductChange = z.strictObject({
  name: plainText(LENGTHS.productName),
  type: z.enum(ACCOUNT_TYPES),
  interest_rate: rate,
  overdraft_rate: rate,
  monthly_fee: minor,
  /** Interest is paid for a day only if its closing balance reaches this. */
  minimum_balance: minor.default(0),
  /** From today on. Rates with the same day are replaced. */
  valid_from: BankDate,
});
export type ProductChange = z.input<typeof ProductChange>;
