import { INBOX_ORDERS } from '@guichet/contract/accounts';
import { CURRENCIES } from '@guichet/money';

export const TABS = ['mine', 'second_agent', 'registrations'] as const;
export type Tab = (typeof TABS)[number];

/** How long a request has waited at least, in days. */
export const AGES = ['1', '3', '7'] as const;
export const ORDERS = INBOX_ORDERS;
export const CURRENCY_CODES = Object.keys(CURRENCIES);
