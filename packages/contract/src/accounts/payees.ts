import { z } from 'zod';
import { Id, Time } from '../fields.ts';
import { PAYEE_CHECK_RESULTS } from '../lists/operations.ts';
import { RibView } from './account-views.ts';

export const BeneficiaryView = z
  .object({ id: Id, name: z.string(), iban: z.string(), rib: RibView.nullable(), created_at: Time })
  .meta({ id: 'Beneficiary' });
export type Beneficiary = z.output<typeof BeneficiaryView>;

export const PayeeCheckView = z.object({
  result: z.enum(PAYEE_CHECK_RESULTS),
  /** The holder's name, on a close match only. */
  suggestion: z.string().nullable(),
});
export type PayeeCheck = z.output<typeof PayeeCheckView>;
