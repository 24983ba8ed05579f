import type { ContractReply } from '@guichet/testing';
import type { TestPerson } from '../fixtures.ts';
import type { ModelBank } from './model-bank.ts';

/** One action of a request: the outcome in the model, and the reply of the service. */
export interface Action {
  play(model: ModelBank): string;
  answer: string;
}

/** A plan as a request. */
export interface ModelRequest {
  method: 'post' | 'put';
  path: string;
  body: unknown;
  /** A file, in place of the body. */
  xml?: string;
  by: TestPerson;
  /** Null if the route takes no keys. */
  key: string | null;
  /** The actions in the reply. */
  actionsOf(reply: ContractReply): Action[];
}

/** The users, and the lists to which the positions in a plan refer. */
export interface Scene {
  members: readonly TestPerson[];
  agents: readonly TestPerson[];
  model: ModelBank;
  /** Every RIB of each account, the newest last. */
  ibans: ReadonlyMap<string, readonly string[]>;
  /** The transfer of a posted operation. */
  transfers: ReadonlyMap<string, string>;
  /** The payments of each file, in its order. */
  items: ReadonlyMap<string, readonly string[]>;
}

/** An IBAN of this bank that no account has. */
export const UNUSED_IBAN = 'FR7630099000010000000000023';

/** A reply in one word: the current status, or the code of the refusal. */
export function codeOf({ status, body }: ContractReply): string {
  return status < 400 ? body.status : body.code;
}

/** The item at a position, which goes round the list. */
export function at<Item>(list: readonly Item[], place: number): Item {
  return list[place % list.length] as Item;
}
