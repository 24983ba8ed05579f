import { join } from 'node:path';
import { LANGUAGES, OPERATION_STATUSES, type OperationKind } from '@guichet/contract';
import { isOperationStep, LOG_ACTIONS, type LogAction } from '@guichet/contract/events';
import { PROJECT } from '../project.ts';
import type { Catalogs } from './log-page.ts';

export const LOG_WORDS = join(PROJECT, 'services', 'logging', 'src', 'search', 'shown-words.json');

/** The first words of the actions of an operation of each kind. */
const FIRST_WORDS: Readonly<Record<OperationKind, string>> = {
  deposit: 'DEPOSIT',
  withdrawal: 'WITHDRAWAL',
  internal_transfer: 'TRANSFER',
  external_transfer: 'TRANSFER',
  open_account: 'ACCOUNT',
  close_account: 'CLOSURE',
  renew_rib: 'RIB',
  reversal: 'REVERSAL',
  set_overdraft: 'OVERDRAFT',
  set_limits: 'LIMITS',
  standing_order: 'STANDING_ORDER',
  incoming_payments: 'INCOMING_PAYMENTS',
  incoming_payment: 'PAYMENT',
  returned_payments: 'RETURNED_PAYMENTS',
  suspense_assignment: 'SUSPENSE_ASSIGNMENT',
  suspense_return: 'SUSPENSE_RETURN',
  duplicate_acceptance: 'DUPLICATE_ACCEPTANCE',
  interest_run: 'INTEREST_RUN',
  interest: 'INTEREST',
  overdraft_interest: 'INTEREST',
  fee: 'FEE',
};

/** The last words of actions whose sentences are not those of a status with that name. */
const STATUSES: Readonly<Record<string, readonly string[]>> = {
  REQUESTED: ['pending'],
  POSTED: ['posted', 'made', 'received'],
  OPENED: ['posted'],
  RENEWED: ['posted'],
  ACTIVATED: ['posted'],
  RECEIVED: ['credited', 'suspended', 'received'],
};

/** The endings of kinds that have sentences of their own for them. */
const ENDINGS: Readonly<Partial<Record<OperationKind, readonly string[]>>> = {
  incoming_payment: ['credited', 'suspended'],
};

/** The texts that stand in a place of a sentence if nothing else can. */
const UNNAMED: Readonly<Record<string, string>> = { '{{what}}': 'an_operation', '{{refusal}}': 'a_rule' };

/** The reader of a sentence: the staff, or the member whom it is about. */
const AUDIENCES = { staff: ['sentences'], member: ['sentences', 'to_you.you', 'to_you.others', 'to_you'] };

/**
 * The words that the pages show for the entries of each action, kind of operation and status, refusal and mail, in all languages together: a search of the
 * log finds entries by them.
 */
export function logWords(catalogs: Catalogs): string {
  const texts = LANGUAGES.flatMap((language) => textsIn(catalogs[language], ''));
  const actions = Object.keys(LOG_ACTIONS) as LogAction[];
  const steps = actions.filter(isOperationStep);
  const kinds = Object.keys(FIRST_WORDS) as OperationKind[];
  const statuses = [...OPERATION_STATUSES, 'made', 'received'];

  const inGroups = (groups: readonly string[], belongs: (name: string) => boolean) =>
    texts.filter(({ group, name }) => groups.includes(group) && belongs(name)).map(({ text }) => text);
  const ofAction = (action: LogAction, groups: readonly string[]) => {
    const own = inGroups(['actions', ...groups], (name) => longestOf(actions, name) === action);
    // An operation or a refusal that has no name of its own has these.
    const unnamed = Object.entries(UNNAMED).filter(([place]) => own.some((text) => text.includes(place)));
    return [...own, ...inGroups(['sentences'], (name) => unnamed.some(([, one]) => one === name))];
  };
  const ofStatus = (status: string, groups: readonly string[]) => [
    ...inGroups(
      groups.map((group) => `${group}.operation`),
      (name) => name === status,
    ),
    ...(status === 'received' ? inGroups(groups, (name) => name === status) : []),
  ];
  const ofKind = (kind: OperationKind, groups: readonly string[]) => [
    ...inGroups(
      [...groups.map((group) => `${group}.what`), ...groups.map((group) => `${group}.received`)],
      (name) => name === kind || name === `${kind}_NAMED`,
    ),
    // How it ended is not in its status.
    ...(ENDINGS[kind] ?? []).flatMap((ending) => ofStatus(ending, groups)),
  ];
  const ofStep = (action: LogAction, groups: readonly string[]) => {
    if (!steps.includes(action)) return [];
    const place = action.lastIndexOf('_');
    const [first, last] = [action.slice(0, place), action.slice(place + 1)];
    return [
      ...kinds.filter((kind) => FIRST_WORDS[kind] === first).flatMap((kind) => ofKind(kind, groups)),
      ...(STATUSES[last] ?? [last.toLowerCase()]).flatMap((status) => ofStatus(status, groups)),
    ];
  };
  const forAll = <Name extends string>(
    names: readonly Name[],
    textsOf: (name: Name, groups: readonly string[]) => readonly string[],
  ) =>
    Object.fromEntries(
      names.map((name) => [
        name,
        {
          staff: wordsIn(textsOf(name, AUDIENCES.staff)),
          member: wordsIn(textsOf(name, AUDIENCES.member)),
        },
      ]),
    );
  const named = (group: string) =>
    Object.fromEntries(
      [...new Set(texts.filter((one) => one.group === group).map(({ name }) => name))].map((name) => [
        name,
        wordsIn(inGroups([group], (one) => one === name)),
      ]),
    );
  const words = {
    actions: forAll(actions, (action, groups) => [...ofAction(action, groups), ...ofStep(action, groups)]),
    kinds: forAll(kinds, ofKind),
    statuses: forAll(statuses, ofStatus),
    refusals: named('refusals_short'),
    mails: named('mails'),
  };
  return `${JSON.stringify(words, null, 2)}\n`;
}

interface Text {
  /** The path of its object in the catalog. */
  readonly group: string;
  readonly name: string;
  readonly text: string;
}

function textsIn(node: Readonly<Record<string, unknown>>, group: string): Text[] {
  return Object.entries(node).flatMap(([name, value]) => {
    if (typeof value === 'string') return [{ group, name, text: value }];
    const path = group === '' ? name : `${group}.${name}`;
    return textsIn(value as Record<string, unknown>, path);
  });
}

/** The action that a key of the catalog is about: `LOGIN_FAILED_wrong_password` is about LOGIN_FAILED, and not about LOGIN. */
function longestOf(actions: readonly LogAction[], name: string): LogAction | null {
  const begun = actions.filter((action) => name === action || name.startsWith(`${action}_`));
  return begun.reduce<LogAction | null>(
    (longest, action) => (action.length > (longest?.length ?? 0) ? action : longest),
    null,
  );
}

/** The distinct words of texts, without the places of names and amounts. */
function wordsIn(texts: readonly string[]): string {
  const words = texts.flatMap((text) => text.replaceAll(/\{\{\w+\}\}/g, ' ').split(/\s+/u));
  return [...new Set(words.filter((word) => /[\p{L}\d]/u.test(word)))].join(' ');
}
