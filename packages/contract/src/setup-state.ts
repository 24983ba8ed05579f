import { z } from 'zod';
import { Time } from './fields.ts';

// The state of each process's own set-up, for the superuser. It contains no host, user, password or key. A part is null while it is unknown,
// because the database or NATS doesn't answer.

/** The state that every process of the bank has. */
export const ProcessStateView = z.object({
  release: z.string(),
  /** What the process needs and lacks; empty if it can serve. */
  missing: z.array(z.string()),
  /** When the process's own certificate, and that of the authority it trusts, expire. */
  certificates: z.object({ own: Time, authority: Time }),
  event_keys: z.object({
    /** How many secret keys the process has. */
    own: z.int(),
    /** The services whose messages it could neither seal nor open, because it has no key of theirs. */
    without_key: z.array(z.string()),
  }),
  nats: z.object({
    connected: z.boolean(),
    consumers: z.array(z.object({ stream: z.string(), consumer: z.string(), waiting: z.int().nullable() })),
  }),
});
export type ProcessState = z.output<typeof ProcessStateView>;

const ServiceStateView = ProcessStateView.extend({
  database: z
    .object({
      version: z.string(),
      /** False on a server that only reads. */
      writable: z.boolean(),
      migrations: z.object({ applied: z.int(), expected: z.int() }),
    })
    .nullable(),
});
export type ServiceState = z.output<typeof ServiceStateView>;

/** The events that wait to be published. */
const OutboxStateView = z
  .object({ waiting: z.int(), oldest_seconds: z.number(), refused: z.int() })
  .nullable();
export type OutboxState = z.output<typeof OutboxStateView>;

export const AuthStateView = ServiceStateView.extend({
  outbox: OutboxStateView,
  signing_keys: z
    .object({
      items: z.array(
        z.object({
          kid: z.string(),
          state: z.enum(['published', 'signing', 'verify_only']),
          since: Time,
        }),
      ),
      /** When the next key begins to sign. */
      next_rotation_at: Time.nullable(),
    })
    .nullable(),
}).meta({ id: 'AuthState' });
export type AuthState = z.output<typeof AuthStateView>;

export const AccountsStateView = ServiceStateView.extend({
  outbox: OutboxStateView,
  /** Messages that the service could not handle. */
  dead_letters: z.int().nullable(),
}).meta({ id: 'AccountsState' });
export type AccountsState = z.output<typeof AccountsStateView>;

export const LoggingStateView = ServiceStateView.extend({
  dead_letters: z.int().nullable(),
  chain: z
    .object({
      /** The sequence of the newest entry. */
      head: z.int(),
      verified: z.object({ at: Time, ok: z.boolean(), checked: z.int() }).nullable(),
    })
    .nullable(),
}).meta({ id: 'LoggingState' });
export type LoggingState = z.output<typeof LoggingStateView>;
