export { MAX_AMOUNT_MINOR, toJsonMinor } from './amount.ts';
export {
  CURRENCIES,
  type Currency,
  formatAmount,
  formatMoney,
  minorDigits,
  parseMoney,
  toDecimal,
} from './currency.ts';
