import type { Role } from '@guichet/contract';
import type { Account, Operation } from '@guichet/contract/accounts';
import type { User } from '@guichet/contract/auth';
import type { LogEntry } from '@guichet/contract/logging';
import { problems } from '@guichet/errors';
import type { PageContext } from '../../request-context.ts';
import { openForm } from '../form.ts';
import type { FormView } from '../form-view.ts';
import { idParam } from '../ids.ts';
import { reasonOf, sentenceOf } from '../logs/sentence.ts';
import { isDecidedBy } from '../operations/rules.ts';
import { currentUser } from '../page.ts';
import { settle } from '../settle.ts';

const RECENT = 10;
/** The page of all requests shows the others. */
const WAITING = 6;

/** @throws Problem `not_found`, also for a user of another role */
export async function findPerson(ctx: PageContext, roles: readonly Role[], id = idParam(ctx)): Promise<User> {
  const person = await ctx.state.api.auth.user(id);
  if (!roles.includes(person.role)) throw problems.not_found();
  return person;
}

/** What the user did, and what was done to them, newest first; null while it can't be loaded. */
export async function loadActivity(ctx: PageContext, id: string) {
  const { api, locale, views } = ctx.state;
  const log = await settle(ctx, 'log', api.logging.entries({ user: id, limit: 20 }));
  return log?.items.map((entry) => describe(entry)) ?? null;

  function describe(entry: LogEntry) {
    return { ...entry, sentence: sentenceOf(views, locale, entry), reason: reasonOf(entry) };
  }
}

/** The accounts and requests of a customer, for an agent; each is null while it can't be loaded. */
export async function loadBanking(ctx: PageContext, id: string) {
  const client = ctx.state.api.accounts;
  const [owned, ...requests] = await Promise.all([
    settle(ctx, 'accounts', client.list({ owner: id, limit: 100 })),
    settle(ctx, 'requests', client.operations({ requester: id, status: 'approved', limit: 50 })),
    settle(ctx, 'requests', client.operations({ requester: id, status: 'pending', limit: 50 })),
    settle(ctx, 'requests', client.operations({ requester: id, limit: 2 * RECENT })),
  ]);
  const accounts = owned?.items ?? null;
  const [approved, pending, newest] = requests.map((page) => page?.items ?? null);
  const names = Object.fromEntries((accounts ?? []).map((account) => [account.id, account.name]));
  const row = (operation: Operation) => ({
    ...operation,
    about: operation.to?.name ?? names[accountOf(operation)] ?? null,
    mine: isDecidedBy(operation, currentUser(ctx).id),
  });
  const waiting = approved && pending ? [...approved, ...pending].sort(byAge) : null;
  const recent =
    newest
      ?.filter((operation) => !isWaiting(operation))
      .slice(0, RECENT)
      .map(row) ?? null;
  return {
    accounts: accounts?.map((account) => ({ ...account, forms: settingForms(ctx, account) })) ?? null,
    waiting: waiting?.slice(0, WAITING).map(row) ?? null,
    waitingCount: waiting?.length ?? 0,
    hasMoreWaiting: requests.slice(0, 2).some((page) => (page?.next ?? null) !== null),
    recent,
  };
}

const byAge = (a: Operation, b: Operation): number => (a.id < b.id ? -1 : 1);

function isWaiting({ status }: Operation): boolean {
  return status === 'pending' || status === 'approved';
}

function accountOf(operation: Operation): string {
  return operation.account_id ?? operation.from_account_id ?? operation.to_account_id ?? '';
}

/** The forms for the overdraft and the limits of an account; null where they can't be changed. */
function settingForms(ctx: PageContext, account: Account): { overdraft: FormView; limits: FormView } | null {
  if (account.status !== 'open') return null;
  const { typedAmount } = ctx.state.views.formatsOf(ctx.state.locale);
  const typed = (minor: number | null | undefined) => typedAmount(minor, account.currency);
  const { operation, day } = account.limits ?? {};
  return {
    overdraft: openForm(ctx, `/accounts/${account.id}/overdraft`, { overdraft: typed(account.overdraft) }),
    limits: openForm(ctx, `/accounts/${account.id}/limits`, { operation: typed(operation), day: typed(day) }),
  };
}
