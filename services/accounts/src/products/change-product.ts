import { type Actor, sentence } from '@guichet/contract/events';
import { queryOnce, type Transaction } from '@guichet/database';
import { toJsonMinor } from '@guichet/money';
import { enqueue } from '@guichet/outbox';
import { actionLogged } from '../audit.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { once } from '../idempotency/once.ts';
import type { Idempotency, Outcome } from '../idempotency/outcome.ts';
import { requireActive } from '../people/require-active.ts';
import { lockProgress } from './accrual-store.ts';
import type { DatedTerms, Product } from './product.ts';
import { findTermsOf, insertProduct, lockProduct, renameProduct, writeTerms } from './store.ts';

export interface ProductWithTerms extends Product {
  /** The latest first. */
  terms: readonly DatedTerms[];
}

interface WantedChange {
  by: Actor;
  product: Product;
  terms: DatedTerms;
  correlationId: string;
}

/**
 * Sets a product's rates from a day on, and its name; the product is new if there is none with its code. Interest is never computed again, so rates begin today or later,
 * and on no day that was already added up.
 * @returns the product; or product_type_fixed, rate_begins_in_past
 */
export async function changeProduct(
  deps: Deps,
  wanted: WantedChange,
  idempotency: Idempotency<ProductWithTerms> | null,
): Promise<Outcome<ProductWithTerms>> {
  const outcome = await once(deps, idempotency, (trx) => changeIn(trx, deps, wanted));
  deps.committed();
  return outcome;
}

async function changeIn(
  trx: Transaction,
  { clock, rules }: Deps,
  { by, product, terms, correlationId }: WantedChange,
): Promise<ProductWithTerms> {
  await requireActive(trx, by);
  const [stored, progress] = await trx.query(lockProduct(product.code), lockProgress());
  const now = clock();
  const { validFrom } = terms;
  if (stored !== null && stored.type !== product.type) throw refuse.product_type_fixed();
  if (validFrom < rules.calendar.dateOf(now) || (progress !== null && validFrom <= progress.through))
    throw refuse.rate_begins_in_past();
  // After this point it must succeed.
  await trx.query(stored === null ? insertProduct(product) : renameProduct(product), writeTerms(terms));
  await enqueue(trx, [
    actionLogged(now, correlationId, {
      action: 'PRODUCT_CHANGED',
      actor: by,
      subject: { type: 'product', id: product.code },
      concerns: [],
      sentence: sentence`The rates of a product were set.`,
      data: {
        product: product.code,
        valid_from: validFrom,
        interest_rate: terms.interestRate,
        overdraft_rate: terms.overdraftRate,
        monthly_fee: toJsonMinor(terms.monthlyFeeMinor),
        minimum_balance: toJsonMinor(terms.minimumBalanceMinor),
      },
    }),
  ]);
  const all = await queryOnce(trx, findTermsOf([product.code]));
  return { ...product, terms: all.get(product.code) ?? [] };
}
