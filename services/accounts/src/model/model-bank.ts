import { createCalendar, isBusinessDay, nextBusinessDay } from '@guichet/calendar';
import type { OperationKind } from '@guichet/contract';
import { houseAccount } from '../accounts/account.ts';
import type { StoredStatus } from '../operations/life.ts';
import { BATCH_CURRENCY } from '../operations/outgoing-store.ts';
import { type ModelFile, type ModelItem, ModelPayments } from './model-payments.ts';
import { type Account, type Limits, type ModelInput, newAccount, type Operation } from './model-state.ts';
import { ModelSums } from './model-sums.ts';

/** The rules of the model and of the service under test; small, so that random commands reach the limits. */
export const RULES = { secondAgentAbove: 5_000, stepUpAbove: 6_000, limitDay: 30_000, operationTtlHours: 24 };
/** The database fails on a transfer with this reference. */
export const POISON = 'poison';
const { dayOf, dateOf, timeOf } = createCalendar('Europe/Paris');
/** When the service executes what is due. */
const MORNING = '06:00';
/** The days on which a transfer is tried while money is lacking. */
const ATTEMPTS = 3;
const LEAVES: readonly OperationKind[] = ['withdrawal', 'external_transfer'];
const CHANGES: readonly OperationKind[] = [
  'open_account',
  'close_account',
  'renew_rib',
  'set_overdraft',
  'set_limits',
];

/** Only one request of these kinds can wait for an account. */
const ALONE: readonly OperationKind[] = ['close_account', 'renew_rib'];

/** What agents request. */
const AGENTS: readonly OperationKind[] = [
  'reversal',
  'set_overdraft',
  'set_limits',
  'suspense_assignment',
  'suspense_return',
];

export type DecisionAction = 'approve' | 'reject' | 'cancel' | 'expire';

/** The simplest possible bank: one action at a time, in memory, without failures. */
export class ModelBank {
  accounts = new Map<string, Account>();
  operations = new Map<string, Operation>();
  /** Members who have a second factor. */
  enrolled = new Set<string>();
  /** The sums that members sent since their last code, and that agents alone approved for an account, by day. */
  sums = new ModelSums(() => this.#today());
  payments = new ModelPayments();
  now = 0;

  /** @returns the status of the operation or account, or the refusal's code */
  request(by: string, input: ModelInput, id: string): string {
    const refusal = input.kind === 'open_account' ? null : this.#refuseRequest(by, input);
    if (refusal !== null) return refusal;
    if (input.kind === 'open_account')
      this.accounts.set(input.to ?? '', newAccount(by, input.currency ?? 'EUR'));
    if (LEAVES.includes(input.kind)) this.#countSent(by, input);
    if (input.from !== null && !input.executeOn) this.#account(input.from).held += input.amount;
    return this.#add(by, input, id);
  }

  #add(by: string, input: ModelInput, id: string): string {
    const needed = !CHANGES.includes(input.kind) && input.amount > RULES.secondAgentAbove ? 2 : 1;
    this.operations.set(id, {
      ...input,
      by,
      status: 'pending',
      approvals: [],
      needed,
      at: this.now,
      due: null,
      attempts: 0,
    });
    return 'pending';
  }

  #refuseRequest(
    by: string,
    { kind, amount, from, to, rib, undoes, hasCode, executeOn }: ModelInput,
  ): string | null {
    const source = from === null ? null : this.#account(from);
    const target = to === null ? null : this.#account(to);
    const isReversal = kind === 'reversal';
    if (!AGENTS.includes(kind) && (source ?? target)?.owner !== by) return 'not_found';
    if (kind === 'external_transfer' && rib === 0) return 'account_not_found';
    if (kind === 'external_transfer' && target && rib !== target.ribs) return 'retired_rib';
    if (source !== null && source === target) return 'same_account';
    if (kind === 'internal_transfer' && target?.owner !== by) return 'not_your_account_pair';
    if (!isReversal && target && target.status !== 'open') return 'account_not_open';
    if (kind === 'close_account' && target && (target.balance || target.held)) return 'account_not_empty';
    if (ALONE.includes(kind) && this.#isRequested(kind, to)) return 'already_requested';
    if (source && target && source.currency !== target.currency) return 'currency_mismatch';
    if (isReversal && !this.#isReversible(undoes ?? '')) return 'not_reversible';
    if (isReversal && this.#reversalsOf(undoes, ['pending', 'approved', 'posted'])) return 'already_reversed';
    if (isReversal && this.payments.isSent(undoes ?? '')) return 'already_in_batch';
    if (source === null) return null;
    if (source.status !== 'open') return 'account_not_open';
    if (!executeOn && this.#lacks(source, amount)) return 'insufficient_funds';
    if (!LEAVES.includes(kind)) return null;
    if (source.limits.operation !== null && amount > source.limits.operation) return 'limit_exceeded';
    if (this.#requestedToday(from) + amount > (source.limits.day ?? RULES.limitDay)) return 'limit_exceeded';
    return this.#needsCode(by, amount) && !hasCode ? 'totp_required' : null;
  }

  #lacks({ balance, overdraft, held }: Account, amount: number): boolean {
    return balance + overdraft - held < amount;
  }

  #needsCode(by: string, amount: number): boolean {
    return this.enrolled.has(by) && this.sums.get('sent', by) + amount > RULES.stepUpAbove;
  }

  #countSent(by: string, { amount }: ModelInput): void {
    this.sums.set('sent', by, this.#needsCode(by, amount) ? 0 : this.sums.get('sent', by) + amount);
  }

  /** @returns the status of the operation, or the refusal's code */
  receiveFile(
    by: string,
    file: ModelFile,
    { id, itemIds }: { id: string; itemIds: readonly string[] },
  ): string {
    const isNew = this.payments.planFile(file);
    if (isNew === null) return 'file_already_received';
    const { kind, currency, payments } = file;
    const amount = payments.reduce((sum, one, number) => (isNew[number] ? sum + one.amount : sum), 0);
    this.payments.receive(file, { id, isNew, itemIds });
    return this.#add(by, { kind, amount, currency, from: null, to: null }, id);
  }

  /** Posts the payments of an approved file. @returns its status */
  postFile(id: string): string {
    const file = this.operations.get(id) as Operation;
    if (file.status === 'posted')
      for (const [itemId, item] of this.payments.pendingOf(id)) this.#postItem(itemId, item, file);
    return file.status;
  }

  #postItem(id: string, item: ModelItem, { by }: Operation): void {
    const { returns, amount, currency } = item;
    const transfer = this.operations.get(returns ?? '');
    const to = transfer?.from ?? item.to;
    const refusal = returns === null ? this.#refuseCredit(item) : this.#refuseReturn(item, transfer);
    item.status = refusal !== null ? 'suspense' : returns === null ? 'credited' : 'returned';
    item.reason = refusal;
    item.account = refusal === null ? to : null;
    const kind = item.status === 'returned' ? 'reversal' : 'incoming_payment';
    const undoes = item.status === 'returned' && returns !== null ? { undoes: returns } : {};
    const input: ModelInput = { kind, amount, currency, from: null, to: item.account, ...undoes };
    this.#add(by, input, id);
    const operation = this.operations.get(id) as Operation;
    Object.assign(operation, { status: 'posted', needed: 0 });
    this.#move(operation);
    const outgoing = this.payments.outgoing.get(undoes.undoes ?? '');
    if (outgoing !== undefined) outgoing.state = 'returned';
  }

  /** Why a payment can't be credited. */
  #refuseCredit({ to, rib, currency }: ModelItem): string | null {
    if (to === null) return 'account_not_found';
    if (rib !== this.#account(to).ribs) return 'retired_rib';
    return this.#refuseAccount(to, currency);
  }

  /** Why a transfer can't come back. */
  #refuseReturn({ returns, amount, currency }: ModelItem, transfer: Operation | undefined): string | null {
    const wasSent = this.payments.outgoing.get(returns ?? '')?.batch != null;
    if (!wasSent || transfer?.amount !== amount) return 'transfer_not_found';
    if (this.#reversalsOf(returns ?? '', ['posted'])) return 'already_reversed';
    return this.#refuseAccount(transfer.from, currency);
  }

  #refuseAccount(id: string | null, currency: string): string | null {
    const account = this.#account(id);
    if (account.status !== 'open') return 'account_not_open';
    return account.currency === currency ? null : 'currency_mismatch';
  }

  /** Requests what becomes of a payment in suspense: it's credited to `to`, or sent back. @returns the status of the operation, or the refusal's code */
  resolve(by: string, { itemId, to }: { itemId: string; to: string | null }, id: string): string {
    const item = this.payments.items.get(itemId);
    if (item === undefined) return 'not_found';
    if (item.status !== 'suspense') return 'not_in_suspense';
    if (item.resolution !== null) return 'already_requested';
    const { amount, currency } = item;
    const refusal = to === null ? null : this.#refuseAccount(to, currency);
    if (refusal !== null) return refusal;
    item.resolution = id;
    const kind = to === null ? 'suspense_return' : 'suspense_assignment';
    return this.#add(by, { kind, amount, currency, from: null, to }, id);
  }

  /** Puts what waits for other banks into a batch, except what may be reversed. @returns its status, or the refusal's code */
  createBatch(id: string): string {
    const { outgoing, batches } = this.payments;
    const taken = [...outgoing].filter(
      ([transfer, { state, currency }]) =>
        state === 'waiting' &&
        currency === BATCH_CURRENCY &&
        !this.#reversalsOf(transfer, ['pending', 'approved', 'posted']),
    );
    if (taken.length === 0) return 'nothing_to_send';
    for (const [, one] of taken) Object.assign(one, { state: 'batched', batch: id });
    const total = taken.reduce((sum, [transfer]) => sum + (this.operations.get(transfer)?.amount ?? 0), 0);
    batches.set(id, { status: 'created', count: taken.length, total });
    return 'created';
  }

  /** @returns the new status, or the refusal's code */
  decide(by: string | null, action: DecisionAction, id: string): string {
    const one = this.operations.get(id);
    if (one === undefined || (action === 'cancel' && one.by !== by)) return 'not_found';
    const isAgents = action === 'approve' || action === 'reject';
    if (isAgents && one.by === by) return 'not_your_own_request';
    const isScheduled = one.status === 'scheduled' && (action === 'reject' || action === 'cancel');
    if (one.status !== 'pending' && one.status !== 'approved' && !isScheduled) return 'not_pending';
    if (isAgents && one.approvals.includes(by ?? '')) return 'already_decided_by_you';
    if (action === 'approve' && this.#isOver(one)) return 'not_pending';
    const soleSums = one.needed > 1 || !by ? [] : this.#soleSums(one, by);
    if (action === 'approve' && soleSums.some(([, sum]) => sum > RULES.secondAgentAbove)) one.needed = 2;
    if (action === 'approve' && one.approvals.length + 1 === one.needed) {
      const refusal = this.#refusePosting(one);
      if (refusal !== null) return refusal;
      if (one.executeOn) this.#schedule(one, one.executeOn);
      else this.#post(id, one);
      if (one.needed === 1) for (const [owner, sum] of soleSums) this.sums.set('sole', owner, sum);
      one.status = one.executeOn ? 'scheduled' : 'posted';
    } else if (action === 'approve') {
      one.status = 'approved';
    } else {
      this.#release(one);
      this.payments.abandon(id);
      one.due = null;
      if (one.kind === 'open_account') {
        this.#account(one.to).status = action === 'reject' ? 'rejected' : 'closed';
      }
      one.status = ({ reject: 'rejected', cancel: 'cancelled', expire: 'expired' } as const)[action];
    }
    if (action === 'approve') one.approvals.push(by ?? '');
    return one.status;
  }

  #schedule(one: Operation, executeOn: string): void {
    const today = dateOf(new Date(this.now));
    one.due = this.#dayFor(one, executeOn < today ? today : executeOn);
  }

  /** Money leaves for another bank on business days only. */
  #dayFor({ kind, to }: Operation, date: string): string {
    const isAbroad = kind === 'external_transfer' && to === null;
    return isAbroad && !isBusinessDay(date) ? nextBusinessDay(date) : date;
  }

  /** @returns the new status, or the refusal's code */
  execute(id: string): string {
    const one = this.operations.get(id) as Operation;
    const today = dateOf(new Date(this.now));
    if (one.due === null || one.due > today) return 'not_pending';
    const day = this.#dayFor(one, today);
    if (day !== today) {
      one.due = day;
      return one.status;
    }
    const isBarred = this.#refusePosting(one) !== null;
    if (!isBarred && this.#lacks(this.#account(one.from), one.amount) && one.attempts + 1 < ATTEMPTS) {
      one.attempts += 1;
      one.due = nextBusinessDay(today);
      return one.status;
    }
    one.due = null;
    if (isBarred || this.#lacks(this.#account(one.from), one.amount)) one.status = 'expired';
    else {
      this.#post(id, one);
      one.status = 'posted';
    }
    return one.status;
  }

  /** The operations whose day and morning have come. */
  due(): string[] {
    const now = new Date(this.now);
    const last = timeOf(now) >= MORNING ? dateOf(now) : dateOf(new Date(dayOf(now).from.getTime() - 1));
    return [...this.operations].flatMap(([id, { due }]) => (due !== null && due <= last ? id : []));
  }

  #release({ from, amount, executeOn }: Operation): void {
    if (from !== null && !executeOn) this.#account(from).held -= amount;
  }

  /** For each account involved: the sum of the agent's sole approvals of today, including this operation. */
  #soleSums({ kind, amount, currency, from, to }: Operation, by: string): [string, number][] {
    if (CHANGES.includes(kind)) return [];
    const customers = [from, to].filter((id) => id !== null);
    // What names no customer counts together.
    const touched = customers.length > 0 ? customers : [houseAccount.settlement(currency ?? '')];
    return touched.map((id) => [`${by} ${id}`, this.sums.get('sole', `${by} ${id}`) + amount]);
  }

  #refusePosting({ kind, amount, from, to, rib, undoes, reference }: Operation): string | null {
    const target = to === null ? null : this.#account(to);
    if (kind === 'open_account') return null;
    if (kind === 'reversal' && this.#reversalsOf(undoes, ['posted'])) return 'already_reversed';
    if (kind === 'reversal' && this.payments.isSent(undoes ?? '')) return 'already_in_batch';
    if ([from, to].some((id) => id !== null && this.#account(id).status !== 'open'))
      return 'account_not_open';
    if (kind === 'close_account' && target && (target.balance || target.held)) return 'account_not_empty';
    if (kind === 'set_overdraft' && target && target.balance + amount - target.held < 0)
      return 'overdraft_in_use';
    if (kind === 'external_transfer' && target && rib !== target.ribs) return 'retired_rib';
    return reference === POISON ? 'internal_error' : null;
  }

  #post(id: string, one: Operation): void {
    const { kind, amount, from, to, limits, undoes } = one;
    if (kind === 'close_account') this.#account(to).status = 'closed';
    if (kind === 'open_account') this.#account(to).status = 'open';
    if (kind === 'open_account' || kind === 'renew_rib') this.#account(to).ribs += 1;
    if (kind === 'set_overdraft') this.#account(to).overdraft = amount;
    if (kind === 'set_limits' && limits) this.#account(to).limits = limits;
    if (CHANGES.includes(kind)) return;
    this.#release(one);
    this.#move(one);
    const resolved = this.payments.itemResolvedBy(id);
    if (resolved !== undefined) {
      resolved.status = kind === 'suspense_return' ? 'returned' : 'assigned';
      resolved.account = to;
    }
    if (undoes !== undefined) this.payments.undo(undoes);
    if (kind === 'external_transfer' && from !== null && to === null) {
      const { currency } = this.#account(from);
      this.payments.outgoing.set(id, { currency, state: 'waiting', batch: null });
    }
  }

  #move({ amount, from, to }: Operation): void {
    const move = (account: Account, by: number) => {
      account.balance += by;
      account.history.push([by, account.balance]);
    };
    if (from !== null) move(this.#account(from), -amount);
    if (to !== null) move(this.#account(to), amount);
  }

  /** @returns the status of the account or of the operation that another agent must approve, or the refusal's code */
  setOverdraft(by: string, id: string, amount: number, operationId: string): string {
    const account = this.#account(id);
    if (account.status !== 'open') return 'account_not_open';
    if (account.balance + amount - account.held < 0) return 'overdraft_in_use';
    if (amount > RULES.secondAgentAbove && amount > account.overdraft)
      return this.request(by, { kind: 'set_overdraft', amount, from: null, to: id }, operationId);
    account.overdraft = amount;
    return 'open';
  }

  setLimits(by: string, id: string, limits: Limits, operationId: string): string {
    const account = this.#account(id);
    if (account.status !== 'open') return 'account_not_open';
    const isRaised = (own: number | null, next: number | null, banks: number) =>
      next === null
        ? own !== null && banks > own && banks > RULES.secondAgentAbove
        : next > RULES.secondAgentAbove && next > (own ?? 0);
    if (
      isRaised(account.limits.operation, limits.operation, Number.POSITIVE_INFINITY) ||
      isRaised(account.limits.day, limits.day, RULES.limitDay)
    )
      return this.request(by, { kind: 'set_limits', amount: 0, from: null, to: id, limits }, operationId);
    account.limits = limits;
    return 'open';
  }

  /** The overdue operations. */
  overdue(): string[] {
    return this.waiting().filter((id) => {
      const one = this.operations.get(id) as Operation;
      return one.status !== 'scheduled' && this.#isOver(one);
    });
  }

  #isOver({ at }: Operation): boolean {
    return at + RULES.operationTtlHours * 3_600_000 <= this.now;
  }

  /** The operations that are not final. */
  waiting(): string[] {
    return [...this.operations].flatMap(([id, { status }]) =>
      /pending|approved|scheduled/.test(status) ? id : [],
    );
  }

  /** When the present day began. */
  #today(): number {
    return dayOf(new Date(this.now)).from.getTime();
  }

  #requestedToday(from: string | null): number {
    const today = this.#today();
    const counts = (one: Operation) =>
      one.from === from &&
      LEAVES.includes(one.kind) &&
      /pending|approved|scheduled|posted/.test(one.status) &&
      one.at >= today;
    return [...this.operations.values()].filter(counts).reduce((sum, { amount }) => sum + amount, 0);
  }

  #reversalsOf(undone: string | undefined, statuses: StoredStatus[]): boolean {
    return [...this.operations.values()].some(
      ({ undoes, status }) => undoes !== undefined && undoes === undone && statuses.includes(status),
    );
  }

  /** What moved between banks is reversed by them, and what took that back stays. */
  #isReversible(id: string): boolean {
    const { kind, from, to, undoes } = this.operations.get(id) as Operation;
    if (from === null && to === null) return false;
    if (kind !== 'reversal') return true;
    const undone = this.operations.get(undoes ?? '') as Operation;
    const isBetweenBanks =
      (undone.kind === 'external_transfer' && undone.to === null) ||
      undone.kind === 'incoming_payment' ||
      undone.kind === 'suspense_assignment';
    return !isBetweenBanks;
  }

  #isRequested(wanted: OperationKind, id: string | null): boolean {
    return [...this.operations.values()].some(
      ({ kind, to, status }) => kind === wanted && to === id && /pending|approved/.test(status),
    );
  }

  #account(id: string | null): Account {
    return this.accounts.get(id ?? '') as Account;
  }

  copy(): ModelBank {
    const copy = new ModelBank();
    copy.now = this.now;
    copy.enrolled = this.enrolled;
    copy.sums = this.sums.copy(() => copy.#today());
    copy.payments = this.payments.copy();
    for (const [id, one] of this.accounts) copy.accounts.set(id, { ...one, history: [...one.history] });
    for (const [id, one] of this.operations)
      copy.operations.set(id, { ...one, approvals: [...one.approvals] });
    return copy;
  }
}
