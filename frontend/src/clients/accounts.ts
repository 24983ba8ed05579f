import type { AccountsState, Page } from '@guichet/contract';
import type {
  Account,
  AccountRename,
  Beneficiary,
  BulkDecision,
  DecisionOutcome,
  Delivery,
  Entry,
  Inbox,
  InboxCounts,
  IncomingItem,
  InterestLine,
  Limits,
  NamedPayee,
  NewAccount,
  NewInterestRun,
  NewOperation,
  NewStandingOrder,
  NewWebhook,
  Operation,
  OperationEntry,
  PayeeCheck,
  PaymentBatch,
  Product,
  ProductChange,
  Reconciliation,
  Rejection,
  ReviewFacts,
  StandingOrder,
  Statement,
  Webhook,
  WebhookWithSecret,
} from '@guichet/contract/accounts';
import { WHOLE_BANK_TIMEOUT_MS } from '../upstream/services.ts';
import type { Call, Query } from './call.ts';

/** Longer than accounts waits for a receiver. */
const WEBHOOK_TEST_TIMEOUT_MS = 20_000;
/** Reading and storing a file of the largest size takes some seconds. */
const FILE_TIMEOUT_MS = 60_000;

export type AccountsClient = ReturnType<typeof accountsClient>;

/** The accounts API, as the pages use it. Amounts are integers of minor units. */
export function accountsClient(call: Call) {
  return {
    setupState: () => call<AccountsState>({ path: '/api/accounts/setup-state' }),
    list: (filter: Query = {}) => call<Page<Account>>({ path: '/api/accounts', query: filter }),
    account: (id: string) => call<Account>({ path: `/api/accounts/${id}` }),
    openAccount: (body: NewAccount, idempotencyKey: string) =>
      call<Operation>({ method: 'POST', path: '/api/accounts', body, idempotencyKey }),
    rename: (id: string, name: string) =>
      call<Account>({ method: 'PATCH', path: `/api/accounts/${id}`, body: { name } satisfies AccountRename }),
    close: (id: string, idempotencyKey: string) =>
      call<Operation>({ method: 'POST', path: `/api/accounts/${id}/close`, idempotencyKey }),
    renewRib: (id: string, idempotencyKey: string) =>
      call<Operation>({ method: 'POST', path: `/api/accounts/${id}/rib`, idempotencyKey }),
    /** The account as it is now, or the operation that a second agent must approve first. */
    setOverdraft: (id: string, amount: number, idempotencyKey: string) =>
      call<Account | Operation>({
        method: 'PUT',
        path: `/api/accounts/${id}/overdraft`,
        body: { amount },
        idempotencyKey,
      }),
    /** As `setOverdraft`. */
    setLimits: (id: string, limits: Limits, idempotencyKey: string) =>
      call<Account | Operation>({
        method: 'PUT',
        path: `/api/accounts/${id}/limits`,
        body: limits,
        idempotencyKey,
      }),
    transactions: (id: string, filter: Query = {}) =>
      call<Page<Entry>>({ path: `/api/accounts/${id}/transactions`, query: filter }),
    statement: (id: string, month: string) =>
      call<Statement>({ path: `/api/accounts/${id}/statement`, query: { month, format: 'json' } }),

    products: () => call<Page<Product>>({ path: '/api/products', query: { limit: 200 } }),
    changeProduct: (code: string, body: ProductChange, idempotencyKey: string) =>
      call<Product>({ method: 'PUT', path: `/api/products/${code}`, body, idempotencyKey }),

    requestInterestRun: (body: NewInterestRun, idempotencyKey: string) =>
      call<Operation>({ method: 'POST', path: '/api/interest-runs', body, idempotencyKey }),
    interestLines: (id: string, filter: Query = {}) =>
      call<Page<InterestLine>>({ path: `/api/interest-runs/${id}/lines`, query: filter }),

    request: (operation: NewOperation, idempotencyKey: string) =>
      call<Operation>({ method: 'POST', path: '/api/operations', body: operation, idempotencyKey }),
    operations: (filter: Query = {}) => call<Page<Operation>>({ path: '/api/operations', query: filter }),
    operation: (id: string) => call<Operation>({ path: `/api/operations/${id}` }),
    entriesOf: (operationId: string) =>
      call<Page<OperationEntry>>({ path: `/api/operations/${operationId}/entries` }),
    approve: (id: string, idempotencyKey: string) =>
      call<Operation>({ method: 'POST', path: `/api/operations/${id}/approve`, idempotencyKey }),
    reject: (id: string, reason: string, idempotencyKey: string) =>
      call<Operation>({
        method: 'POST',
        path: `/api/operations/${id}/reject`,
        body: { reason } satisfies Rejection,
        idempotencyKey,
      }),
    cancel: (id: string, idempotencyKey: string) =>
      call<Operation>({ method: 'POST', path: `/api/operations/${id}/cancel`, idempotencyKey }),
    decide: (items: BulkDecision['items'], idempotencyKey: string) =>
      call<{ items: DecisionOutcome[] }>({
        method: 'POST',
        path: '/api/operations/decisions',
        body: { items } satisfies BulkDecision,
        idempotencyKey,
      }),

    /** The outcome of `decide`, by its key, for a day. */
    decisionOutcome: (key: string) =>
      call<{ items: DecisionOutcome[] }>({ path: `/api/operations/decisions/${key}` }),
    inbox: (filter: Query = {}) => call<Inbox>({ path: '/api/inbox', query: filter }),
    inboxCounts: () => call<InboxCounts>({ path: '/api/inbox/counts' }),
    reviewFacts: (id: string) => call<ReviewFacts>({ path: `/api/operations/${id}/review-facts` }),

    requestStandingOrder: (order: NewStandingOrder, idempotencyKey: string) =>
      call<Operation>({ method: 'POST', path: '/api/standing-orders', body: order, idempotencyKey }),
    standingOrders: (filter: Query = {}) =>
      call<Page<StandingOrder>>({ path: '/api/standing-orders', query: filter }),
    standingOrder: (id: string) => call<StandingOrder>({ path: `/api/standing-orders/${id}` }),
    paymentsOf: (standingOrderId: string, filter: Query = {}) =>
      call<Page<Operation>>({ path: `/api/standing-orders/${standingOrderId}/payments`, query: filter }),
    pauseStandingOrder: (id: string, idempotencyKey: string) =>
      call<StandingOrder>({ method: 'POST', path: `/api/standing-orders/${id}/pause`, idempotencyKey }),
    resumeStandingOrder: (id: string, idempotencyKey: string) =>
      call<StandingOrder>({ method: 'POST', path: `/api/standing-orders/${id}/resume`, idempotencyKey }),
    endStandingOrder: (id: string) => call<null>({ method: 'DELETE', path: `/api/standing-orders/${id}` }),

    paymentBatches: (filter: Query = {}) =>
      call<Page<PaymentBatch>>({ path: '/api/payments/batches', query: filter }),
    paymentBatch: (id: string) => call<PaymentBatch>({ path: `/api/payments/batches/${id}` }),
    createPaymentBatch: (idempotencyKey: string) =>
      call<PaymentBatch>({ method: 'POST', path: '/api/payments/batches', body: {}, idempotencyKey }),
    advancePaymentBatch: (id: string, step: 'sent' | 'settled', idempotencyKey: string) =>
      call<PaymentBatch>({ method: 'POST', path: `/api/payments/batches/${id}/${step}`, idempotencyKey }),

    webhooks: () => call<Page<Webhook>>({ path: '/api/webhooks' }),
    webhook: (id: string) => call<Webhook>({ path: `/api/webhooks/${id}` }),
    createWebhook: (webhook: NewWebhook, idempotencyKey: string) =>
      call<WebhookWithSecret>({ method: 'POST', path: '/api/webhooks', body: webhook, idempotencyKey }),
    deleteWebhook: (id: string) => call<null>({ method: 'DELETE', path: `/api/webhooks/${id}` }),
    rotateWebhookSecret: (id: string, idempotencyKey: string) =>
      call<WebhookWithSecret>({ method: 'POST', path: `/api/webhooks/${id}/rotate-secret`, idempotencyKey }),
    /** Waits for the answer of its receiver. */
    testWebhook: (id: string, idempotencyKey: string) =>
      call<Delivery>({
        method: 'POST',
        path: `/api/webhooks/${id}/test`,
        answerWithinMs: WEBHOOK_TEST_TIMEOUT_MS,
        idempotencyKey,
      }),
    webhookDeliveries: (id: string, filter: Query = {}) =>
      call<Page<Delivery>>({ path: `/api/webhooks/${id}/deliveries`, query: filter }),
    sendWebhookAgain: (id: string, message_id: string, idempotencyKey: string) =>
      call<Delivery>({
        method: 'POST',
        path: `/api/webhooks/${id}/send-again`,
        body: { message_id },
        idempotencyKey,
      }),

    receiveFile: (kind: 'incoming' | 'returns', file: Buffer, idempotencyKey: string) =>
      call<Operation>({
        method: 'POST',
        path: `/api/payments/${kind}`,
        file,
        lane: 'documents',
        answerWithinMs: FILE_TIMEOUT_MS,
        idempotencyKey,
      }),
    fileItems: (operationId: string, filter: Query = {}) =>
      call<Page<IncomingItem>>({ path: `/api/payments/incoming/${operationId}/items`, query: filter }),
    suspense: (filter: Query = {}) =>
      call<Page<IncomingItem>>({ path: '/api/payments/suspense', query: filter }),
    suspended: (id: string) => call<IncomingItem>({ path: `/api/payments/suspense/${id}` }),
    assign: (id: string, accountId: string, idempotencyKey: string) =>
      call<Operation>({
        method: 'POST',
        path: `/api/payments/suspense/${id}/assign`,
        body: { account_id: accountId },
        idempotencyKey,
      }),
    duplicate: (id: string) => call<IncomingItem>({ path: `/api/payments/duplicates/${id}` }),
    acceptDuplicate: (id: string, reason: string, idempotencyKey: string) =>
      call<Operation>({
        method: 'POST',
        path: `/api/payments/duplicates/${id}/accept`,
        body: { reason },
        idempotencyKey,
      }),
    returnPayment: (id: string, reason: string, idempotencyKey: string) =>
      call<Operation>({
        method: 'POST',
        path: `/api/payments/suspense/${id}/return`,
        body: { reason },
        idempotencyKey,
      }),

    verifyPayee: (payee: NamedPayee) =>
      call<PayeeCheck>({ method: 'POST', path: '/api/payees/verify', body: payee }),
    beneficiaries: () => call<Page<Beneficiary>>({ path: '/api/beneficiaries', query: { limit: 200 } }),
    saveBeneficiary: (payee: NamedPayee, idempotencyKey: string) =>
      call<Beneficiary>({ method: 'POST', path: '/api/beneficiaries', body: payee, idempotencyKey }),
    removeBeneficiary: (id: string) => call<null>({ method: 'DELETE', path: `/api/beneficiaries/${id}` }),

    /** The last run; if there was none, it runs now. */
    reconciliation: () =>
      call<Reconciliation>({
        path: '/api/ledger/reconciliation',
        lane: 'documents',
        answerWithinMs: WHOLE_BANK_TIMEOUT_MS,
      }),
    /** Runs it: on what is new, or if `full` on the whole ledger. The two buttons of a page have one key, and are different requests. */
    reconcile: (idempotencyKey: string, full: boolean) =>
      call<Reconciliation>({
        method: 'POST',
        path: '/api/ledger/reconciliation',
        query: { full: String(full) },
        lane: 'documents',
        answerWithinMs: WHOLE_BANK_TIMEOUT_MS,
        idempotencyKey: full ? `${idempotencyKey}-full` : idempotencyKey,
      }),
  };
}
