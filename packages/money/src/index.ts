export { amountSchema, MAX_AMOUNT_MINOR, toJsonMinor } from './amount.ts';
export {
  CURRENCIES,
  currencySchema,
  formatAmount,
  formatMoney,
  minorDigits,
  parseMoney,
  toDecimal,
} from './currency.ts';
