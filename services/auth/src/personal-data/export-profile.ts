import { Readable } from 'node:stream';
import { type Scope, scopesOf } from '@guichet/contract';
import { sentence } from '@guichet/contract/events';
import { WITHHELD, type Withheld } from '@guichet/contract/personal-data';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { findFailures } from '../attempts/guard.ts';
import type { FailedAttempts } from '../attempts/store.ts';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { viewProfile } from '../profile/view-profile.ts';
import { byMailAddress, findUses } from '../quotas/use-quotas.ts';
import { changeAsCaller } from '../users/change-as-caller.ts';
import { accessEnded, findCaller } from '../users/find-caller.ts';
import type { UserRow } from '../users/store.ts';
import type { ExportSlot, ExportSlots } from './export-slots.ts';
import type { Person, ReadPersonalData } from './personal-data-peer.ts';
import { isAccessLive } from './store.ts';
import { REASONS } from './words.ts';
import { type ExportParts, type Source, writeExport } from './write-export.ts';

/** However slowly the client reads, the export ends after this time. */
const LASTS_AT_MOST_MS = 15 * 60_000;

/**
 * Everything that the bank holds about the caller, as a stream of JSON. An API token gets what its scopes cover, and so does a session that can only
 * set up a second factor. The services are asked before the first byte, so that a client gets an error, and no half of an export, if one is down; and the export is logged before it begins.
 * @throws Problem `unavailable` if a service is down, or while too many exports are running; `unauthenticated`
 */
export async function exportProfile(
  deps: Deps,
  slots: ExportSlots,
  caller: Caller,
  origin: Origin,
  clientAborted: AbortSignal,
): Promise<Readable> {
  let stream: Readable | null = null;
  const end = () => stream?.destroy(new Error('the export was ended, because it took too long'));
  const slot = slots.take(caller.userId, end);
  try {
    const parts = await prepare(deps, caller, origin);
    await logExport(deps, caller, origin);
    stream = Readable.from(watched(writeExport(parts), slot), { objectMode: true, highWaterMark: 1 });
  } catch (error) {
    slot.release();
    throw error;
  }
  const late = setTimeout(end, LASTS_AT_MOST_MS).unref();
  const exported = stream;
  exported.once('close', () => {
    clearTimeout(late);
    slot.release();
  });
  // If the client leaves before the first byte, nothing else closes the stream.
  if (clientAborted.aborted) exported.destroy();
  else clientAborted.addEventListener('abort', () => exported.destroy(), { once: true });
  return exported;
}

async function prepare(deps: Deps, caller: Caller, { correlationId }: Origin): Promise<ExportParts> {
  const { db } = deps;
  const user = await findCaller(db, caller);
  const person: Person = { id: user.id, role: user.role, correlationId };
  // A superuser's session has no scope for accounts, but one that may do all that its role may gets everything about the person.
  const isWhole =
    caller.kind === 'session' && scopesOf(user.role).every((one) => caller.scopes.includes(one));
  const covers = (scope: Scope) => isWhole || caller.scopes.includes(scope);
  const begin = async (read: ReadPersonalData, scope: Scope): Promise<Source | null> =>
    covers(scope) ? { first: await read(person, null), read } : null;
  const [accounts, log] = await Promise.all([
    begin(deps.accounts.readPersonalData, 'accounts:read'),
    begin(deps.readLogOf, 'logs:read'),
  ]);
  return {
    db,
    person,
    head: await readHead(deps, user),
    accounts,
    log,
    withheld: withheldFrom(user, accounts === null || log === null),
    async stillAllowed() {
      if (!(await isAccessLive(db, caller, deps.clock()))) accessEnded('the access ended during the export');
    },
  };
}

async function readHead({ db, clock }: Deps, user: UserRow): Promise<ExportParts['head']> {
  const [profile, signIn, secondFactor, mails] = await Promise.all([
    viewProfile(db, user),
    findFailures(db, `login:${user.id}`),
    findFailures(db, `totp:${user.id}`),
    user.email === null ? [] : findUses(db, byMailAddress('mail_to_address', user.email)),
  ]);
  return {
    generated_at: clock().toISOString(),
    profile: {
      ...profile,
      updated_at: user.updated_at.toISOString(),
      refused_mails: [...user.refused_mails],
    },
    failed_attempts: { sign_in: viewFailures(signIn), second_factor: viewFailures(secondFactor) },
    mails_counted: mails.map((moment) => new Date(moment).toISOString()),
  };
}

function viewFailures(attempts: FailedAttempts | null) {
  if (attempts === null) return null;
  const { failures, last_failed_at, locked_until } = attempts;
  return {
    failures,
    last_failed_at: last_failed_at.toISOString(),
    locked_until: locked_until?.toISOString() ?? null,
  };
}

/** Always the same for a role: what is left out must not depend on whether there is any. */
function withheldFrom({ role, language }: UserRow, lacksScopes: boolean) {
  const left: readonly Withheld[] =
    role === 'member'
      ? ['credentials', 'staff_notes', 'requests_of_staff']
      : ['credentials', 'customers_of_staff'];
  return WITHHELD.filter((what) => left.includes(what) || (what === 'token_scopes' && lacksScopes)).map(
    (what) => ({ what, reason: REASONS[language][what] }),
  );
}

async function logExport(deps: Deps, caller: Caller, origin: Origin): Promise<void> {
  await changeAsCaller(deps, caller, async (trx, user) => {
    await enqueue(trx, [
      actionLogged(deps.clock(), origin, {
        actor: actorOf(user),
        action: 'PROFILE_EXPORTED',
        subject: { type: 'user', id: user.id },
        concerns: [user.id],
        sentence: sentence`${nameOf(user)} downloaded a copy of their data.`,
        data: caller.kind === 'api' ? { api_token_id: caller.sessionId } : {},
      }),
    ]);
  });
}

async function* watched(texts: AsyncIterable<string>, slot: ExportSlot): AsyncGenerator<string> {
  for await (const text of texts) {
    slot.clientReads(false);
    yield text;
    slot.clientReads(true);
  }
}
