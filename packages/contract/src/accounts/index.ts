export {
  type Account,
  AccountRename,
  AccountView,
  type Limits,
  LimitsView,
  type Rib,
  RibView,
} from './account-views.ts';
export {
  INBOX_ORDERS,
  INBOX_TABS,
  type Inbox,
  type InboxCounts,
  InboxCountsView,
  type InboxTab,
  InboxView,
  type ReviewFacts,
  ReviewFactsView,
  SECOND_AGENT_REASONS,
} from './inbox-views.ts';
export { type IncomingItem, IncomingItemView } from './incoming.ts';
export {
  type InterestLine,
  InterestLineView,
  type InterestRun,
  InterestRunView,
} from './interest-runs.ts';
export {
  BalanceView,
  type Entry,
  EntryView,
  type OperationEntry,
  OperationEntryView,
  type Reconciliation,
  ReconciliationView,
  type Statement,
  StatementView,
} from './ledger-views.ts';
export {
  type NewAccount,
  type NewInterestRun,
  NewOperation,
  type NewStandingOrder,
  NewVirement,
  OPERATION_BODIES,
  type OperationBody,
} from './operation-bodies.ts';
export {
  BulkDecision,
  BulkDecisionView,
  type Decision,
  type DecisionOutcome,
  DecisionView,
  type Operation,
  OperationList,
  OperationView,
  Rejection,
} from './operation-views.ts';
export { hasOneNumber, NamedPayee, ONE_NUMBER, type PayeeNumber, payeeNumber } from './payee-number.ts';
export { type Beneficiary, BeneficiaryView, type PayeeCheck, PayeeCheckView } from './payees.ts';
export {
  type PaymentBatch,
  PaymentBatchView,
} from './payment-batches.ts';
export {
  type Product,
  ProductChange,
  ProductCode,
  ProductParams,
  type ProductTerms,
  ProductTermsView,
  ProductView,
} from './products.ts';
export { type OrderTerms, OrderTermsView, type StandingOrder, StandingOrderView } from './standing-orders.ts';
export {
  type Delivery,
  DeliveryView,
  NewWebhook,
  SendAgain,
  type Webhook,
  WebhookPayload,
  WebhookView,
  WebhookWithSecret,
} from './webhooks.ts';
