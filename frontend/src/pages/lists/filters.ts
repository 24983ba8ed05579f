import type { Calendar } from '@guichet/calendar';
import {
  ACCOUNT_STATUSES,
  ENTRY_DIRECTIONS,
  Id,
  LOG_LEVELS,
  OPERATION_KINDS,
  OPERATION_STATUSES,
  SERVICES,
  STAFF_ROLES,
  USER_STATUSES,
} from '@guichet/contract';
import { LOG_OUTCOMES, LOG_TOPICS } from '@guichet/contract/events';
import { AGES, CURRENCY_CODES, ORDERS, TABS } from '../inbox/choices.ts';
import { fromLocalTime, PERIODS } from '../logs/periods.ts';

export interface Filter {
  /** Whether a value says nothing private, so that an address may contain it. */
  mayBeRead(value: string): boolean;
  /** The value that a field of a form sends for it, as the address has it. */
  fromField?(value: string, calendar: Calendar): string;
  /** Whether users type it: then other values are sealed. For a choice, they are ignored. */
  isTyped: boolean;
}

const choice = (values: readonly string[]): Filter => ({
  mayBeRead: (value) => values.includes(value),
  isTyped: false,
});
const shape = (pattern: RegExp): Filter => ({ mayBeRead: (value) => pattern.test(value), isTyped: false });
const day = shape(/^\d{4}-\d\d-\d\d$/);
const time: Filter = {
  ...shape(/^\d{4}-\d\d-\d\d(?:T[\d:.]{8,12}Z)?$/),
  fromField: fromLocalTime,
};
const id: Filter = { mayBeRead: (value) => Id.safeParse(value).success, isTyped: false };
const idOrName: Filter = { ...id, isTyped: true };
/** What users type: names, account numbers, amounts, network addresses. */
const text: Filter = { mayBeRead: () => false, isTyped: true };

interface List {
  /** The pages of the list, which its search form is sent to. */
  paths: readonly string[];
  filters: Readonly<Record<string, Filter>>;
}

const people = { q: text, status: choice(USER_STATUSES) };

/** The filters of every list. Addresses, links and forms of the lists are made from these alone. */
export const LISTS = {
  accounts: { paths: ['/accounts'], filters: { q: text, status: choice(ACCOUNT_STATUSES), owner: id } },
  entries: {
    paths: ['/accounts/:id'],
    filters: {
      q: text,
      from: day,
      to: day,
      type: choice(OPERATION_KINDS),
      direction: choice(ENTRY_DIRECTIONS),
      min_amount: text,
      max_amount: text,
    },
  },
  customers: { paths: ['/customers'], filters: people },
  agents: { paths: ['/agents'], filters: { ...people, role: choice(STAFF_ROLES) } },
  notes: { paths: [], filters: {} },
  operations: {
    paths: ['/operations'],
    filters: {
      status: choice(OPERATION_STATUSES),
      type: choice(OPERATION_KINDS),
      account: id,
      requester: idOrName,
      from: day,
      to: day,
    },
  },
  inbox: {
    paths: ['/inbox'],
    filters: {
      tab: choice(TABS),
      q: text,
      type: choice(OPERATION_KINDS),
      currency: choice(CURRENCY_CODES),
      min: text,
      max: text,
      age: choice(AGES),
      order: choice(ORDERS),
    },
  },
  logs: {
    paths: ['/logs', '/logs/dashboard'],
    filters: {
      user: idOrName,
      actor: id,
      decision: choice(['true']),
      outcome: choice(LOG_OUTCOMES),
      address: text,
      // A newer service may log an action that this release doesn't know.
      type_action: shape(/^[A-Z][A-Z_]{1,63}$/),
      level: choice(LOG_LEVELS),
      service: choice(SERVICES),
      from: time,
      to: time,
      q: text,
      correlation_id: idOrName,
      trace_id: shape(/^[0-9a-f]{32}$/),
      operation: id,
      topic: choice(LOG_TOPICS),
      period: choice(PERIODS),
    },
  },
} as const satisfies Record<string, List>;

export type ListName = keyof typeof LISTS;
export type FilterName<Name extends ListName> = keyof (typeof LISTS)[Name]['filters'] & string;

export function filtersOf(name: ListName): Readonly<Record<string, Filter>> {
  return LISTS[name].filters;
}

/** The list that has its search form at `path`. */
export function listAt(path: string): ListName | null {
  const names = Object.keys(LISTS) as ListName[];
  return names.find((name) => LISTS[name].paths.some((pattern) => matches(pattern, path))) ?? null;
}

function matches(pattern: string, path: string): boolean {
  const [given, wanted] = [path.split('/'), pattern.split('/')];
  return (
    given.length === wanted.length &&
    wanted.every((part, index) => (part === ':id' ? id.mayBeRead(given[index] ?? '') : part === given[index]))
  );
}
