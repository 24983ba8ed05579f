import { UserError } from '@guichet/cli';
import { SERVICES } from '@guichet/contract';
import { isRetired, retiredKey } from '@guichet/log-checkpoints';
import { newEventKeys, newKey, newPassword } from './secrets.ts';

/** The values of one secret, by their keys in it. */
export type Values = Readonly<Record<string, string>>;

/**
 * How a secret is changed. A list of keys, of which the first seals and all open, changes without an interruption: `add` puts a new key at
 * its end, `promote` puts the last one first, `retire` leaves the first alone (of `log-signing`, also the public halves of the others, because
 * what they signed is kept). `rotate` is for one process alone: add and promote at once.
 * Any other secret has one value at a time, which `rotate` replaces.
 */
export const STEPS = ['add', 'promote', 'rotate', 'retire'] as const;
export type Step = (typeof STEPS)[number];

/** Secrets that are lists of keys, with what a new key is. Event keys are lists too, of all services together. */
const LISTS: Readonly<Record<string, () => string>> = {
  session: newPassword,
  'key-encryption': newKey,
  'webhook-encryption': newKey,
  'log-signing': newKey,
};

/** Secrets that the bank reads once, with where they are changed instead. */
const READ_ONCE: Readonly<Record<string, string>> = {
  superuser: 'auth reads it only to create the first superuser: change the password on the page /security',
  demo: 'the demo users keep the passwords they were created with: each changes their own on the page /security',
};

/**
 * The values of the secret `name` after a step.
 * @throws UserError if the secret cannot be changed so
 */
export function rotateValues(name: string, step: Step, values: Values): Values {
  const elsewhere = READ_ONCE[name];
  if (elsewhere !== undefined) throw new UserError(`${name} is not rotated here: ${elsewhere}`);
  if (name === 'event-keys') return rotateEventKeys(step, values);
  if (name === 'log-signing' && step === 'retire') return mapValues(values, retireSigningKeys);
  const newItem = LISTS[name];
  if (newItem !== undefined)
    return mapValues(values, (text) => joined(changed(step, itemsOf(text), newItem)));
  if (step !== 'rotate') throw new UserError(`${name} has one value at a time: use rotate`);
  return mapValues(values, newPassword);
}

/** The public keys of a service are in the order of its secret keys, and messages are sealed to the first. */
function rotateEventKeys(step: Step, { public: publicKeys = '', ...secret }: Values): Values {
  const made = newEventKeys();
  const pairsOf = (text: string): [party: string, key: string][] =>
    itemsOf(text).map((item) => item.split('=', 2) as [string, string]);
  const keysOf = (pairs: readonly [string, string][], service: string) =>
    pairs.filter(([party]) => party === service).map(([, key]) => key);
  const current = pairsOf(publicKeys);
  const added = pairsOf(made.public);
  const secretKeys = Object.fromEntries(
    SERVICES.map((service) => [
      service,
      joined(changed(step, itemsOf(secret[service] ?? ''), () => made.secret[service])),
    ]),
  );
  const pairs = SERVICES.flatMap((service) =>
    changed(step, keysOf(current, service), () => keysOf(added, service)[0] ?? '').map(
      (key) => `${service}=${key}`,
    ),
  );
  return { ...secretKeys, public: joined(pairs) };
}

function retireSigningKeys(text: string): string {
  const [first = '', ...older] = itemsOf(text);
  return joined([first, ...older.map(retiredKey)]);
}

function changed(step: Step, items: readonly string[], newItem: () => string): readonly string[] {
  switch (step) {
    case 'add':
      return [...items, newItem()];
    case 'promote': {
      const last = items.at(-1);
      if (last === undefined || items.length === 1 || isRetired(last))
        throw new UserError('there is one key, so none to promote: add one first');
      return [last, ...items.slice(0, -1)];
    }
    case 'rotate':
      return [newItem(), ...items];
    case 'retire':
      return items.slice(0, 1);
  }
}

function itemsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((item) => item !== '');
}

function joined(items: readonly string[]): string {
  return items.join(',');
}

function mapValues(values: Values, change: (text: string) => string): Values {
  return Object.fromEntries(Object.entries(values).map(([key, text]) => [key, change(text)]));
}
