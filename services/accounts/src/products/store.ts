import type { AccountType } from '@guichet/contract';
import {
  allOf,
  constant,
  inTransaction,
  type Read,
  select,
  sql,
  type TransactionQuery,
  table,
} from '@guichet/database';
import type { DatedTerms, Product } from './product.ts';

const products = table<Product>('products', { code: 'code', name: 'name', type: 'type' });

const terms = table<DatedTerms>('product_terms', {
  product: 'product',
  validFrom: 'valid_from',
  interestRate: 'interest_rate',
  overdraftRate: 'overdraft_rate',
  monthlyFeeMinor: 'monthly_fee',
  minimumBalanceMinor: 'minimum_balance',
});

/** The type of account of each product that exists. */
export function findTypesOf(codes: readonly string[]): Read<Map<string, AccountType>> {
  if (codes.length === 0) return constant(new Map());
  return products
    .select(sql`code IN (${codes})`)
    .map((rows) => new Map(rows.map(({ code, type }) => [code, type])));
}

/** A page, in order of their codes, with one more than `limit` if there are more. */
export function listProducts(filter: { after: string | undefined; limit: number }): Read<Product[]> {
  const where = allOf(filter.after === undefined ? undefined : sql`code > ${filter.after}`);
  return products.select(sql`${where} ORDER BY code LIMIT ${filter.limit + 1}`);
}

/** All terms of these products, the latest first. */
export function findTermsOf(codes: readonly string[]): Read<Map<string, DatedTerms[]>> {
  if (codes.length === 0) return constant(new Map());
  return terms
    .select(sql`product IN (${codes}) ORDER BY product, valid_from DESC`)
    .map((rows) => Map.groupBy(rows, ({ product }) => product));
}

/** For each product, the terms that apply on a day. Products without any are left out. */
export function findTermsOn(day: string): Read<Map<string, DatedTerms>> {
  return select(
    sql`SELECT ${terms.columns} FROM product_terms
     JOIN (SELECT product AS code, MAX(valid_from) AS latest FROM product_terms WHERE valid_from <= ${day} GROUP BY product) AS applies
       ON product_terms.product = applies.code AND product_terms.valid_from = applies.latest`,
    (rows: DatedTerms[]) => new Map(rows.map((one) => [one.product, one])),
  );
}

export function lockProduct(code: string): TransactionQuery<Product | null> {
  return products.lockOne(sql`code = ${code}`);
}

/** Fails with a duplicate key if it exists. */
export function insertProduct(product: Product): TransactionQuery<void> {
  return inTransaction(products.insert([product]));
}

export function renameProduct({ code, name }: Product): TransactionQuery<number> {
  return inTransaction(products.update({ name }, sql`code = ${code}`));
}

/** Writes terms in place of those that begin on the same day. */
export function writeTerms(given: DatedTerms): TransactionQuery<void> {
  return inTransaction(
    terms.upsert(
      [given],
      ['product', 'validFrom', 'interestRate', 'overdraftRate', 'monthlyFeeMinor', 'minimumBalanceMinor'],
      sql`interest_rate = VALUES(interest_rate), overdraft_rate = VALUES(overdraft_rate),
        monthly_fee = VALUES(monthly_fee), minimum_balance = VALUES(minimum_balance)`,
    ),
  );
}
