export { CURRENCIES, currencySchema, formatMoney, minorDigits, parseMoney } from './currency.ts';
export { amountSchema, MAX_AMOUNT_MINOR, toJsonMinor } from './amount.ts';
