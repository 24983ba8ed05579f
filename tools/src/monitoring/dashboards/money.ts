import type { Dashboard, Panel } from './dashboard.ts';

const bank = 'bank="$bank"';
const rate = '[$__rate_interval]';

const ledger: Panel[] = [
  {
    kind: 'stat',
    title: 'Ledger',
    description: 'The result of the last reconciliation.',
    queries: [{ expr: `min(guichet_reconciliation_ok{${bank}})`, legend: 'ledger' }],
    words: { 0: 'broken', 1: 'ok' },
    width: 4,
  },
  {
    kind: 'stat',
    title: 'Last reconciliation',
    description: 'Time since the last reconciliation ended.',
    queries: [{ expr: `time() - max(guichet_reconciliation_timestamp_seconds{${bank}})`, legend: 'ago' }],
    unit: 's',
    warnFrom: 3_600,
    badFrom: 21_600,
    width: 4,
  },
  {
    kind: 'stat',
    title: 'Waiting operations',
    description: 'Operations that wait for an agent.',
    queries: [{ expr: `sum(max by (type) (guichet_operations_waiting{${bank}}))`, legend: 'waiting' }],
    width: 4,
  },
  {
    kind: 'stat',
    title: 'Oldest request',
    description: 'How long the oldest pending operation has waited.',
    queries: [{ expr: `max(guichet_operations_oldest_waiting_age_seconds{${bank}})`, legend: 'oldest' }],
    unit: 's',
    warnFrom: 86_400,
    badFrom: 172_800,
    width: 4,
  },
  {
    kind: 'stat',
    title: 'Open holds',
    description: 'Pending operations that reserve money.',
    queries: [{ expr: `max(guichet_holds_open{${bank}})`, legend: 'holds' }],
    width: 4,
  },
  {
    kind: 'stat',
    title: 'Overdue expiries',
    description: 'Operations that are still pending after their expiry; there should be none.',
    queries: [{ expr: `max(guichet_operations_overdue{${bank}})`, legend: 'overdue' }],
    badFrom: 1,
    width: 4,
  },
  {
    kind: 'stat',
    title: 'Scheduled transfers',
    description: 'Approved transfers that wait for their day.',
    queries: [{ expr: `max(guichet_operations_scheduled{${bank}})`, legend: 'scheduled' }],
    width: 4,
  },
  {
    kind: 'stat',
    title: 'Transfers not executed',
    description:
      'Transfers, and payments of standing orders, whose day and morning have come; there should be none for long.',
    queries: [{ expr: `max(guichet_operations_due{${bank}})`, legend: 'due' }],
    badFrom: 1,
    width: 4,
  },
  {
    kind: 'stat',
    title: 'Payments in suspense',
    description: 'Payments from other banks that belong to no account yet.',
    queries: [{ expr: `max(guichet_suspense_payments{${bank}})`, legend: 'payments' }],
    warnFrom: 1,
    width: 4,
  },
  {
    kind: 'stat',
    title: 'Oldest in suspense',
    description: 'How long the oldest of them has waited for an agent.',
    queries: [{ expr: `max(guichet_suspense_oldest_age_seconds{${bank}})`, legend: 'oldest' }],
    unit: 's',
    warnFrom: 43_200,
    badFrom: 86_400,
    width: 4,
  },
  {
    kind: 'stat',
    title: 'Waiting for a batch',
    description: 'Posted transfers to other banks that leave with the next batch.',
    queries: [{ expr: `max(guichet_payments_waiting{${bank}})`, legend: 'waiting' }],
    width: 4,
  },
  {
    kind: 'stat',
    title: 'Oldest unsent batch',
    description: 'Age of the oldest batch that no agent has marked as sent.',
    queries: [{ expr: `max(guichet_payment_batches_oldest_unsent_age_seconds{${bank}})`, legend: 'oldest' }],
    unit: 's',
    warnFrom: 7_200,
    badFrom: 14_400,
    width: 4,
  },
  {
    kind: 'stat',
    title: 'Batches on their way',
    description: 'Batches that were sent and are not settled.',
    queries: [{ expr: `max(guichet_payment_batches{${bank}, status="sent"})`, legend: 'sent' }],
    width: 4,
  },
  {
    kind: 'stat',
    title: 'Suspended standing orders',
    description: 'Their payee or their account can’t be used any more; their customers were told.',
    queries: [{ expr: `max(guichet_standing_orders{${bank}, status="suspended"})`, legend: 'suspended' }],
    width: 4,
  },
  {
    kind: 'table',
    title: 'Reconciliation by check',
    description: 'Items that each check found broken.',
    queries: [{ expr: `max by (check) (guichet_reconciliation_broken_items{${bank}})` }],
    badFrom: 1,
    width: 12,
  },
  {
    kind: 'timeseries',
    title: 'Duration of reconciliation',
    description: 'It grows with the ledger; the pause between two runs is twenty times as long as a run.',
    queries: [{ expr: `max(guichet_reconciliation_duration_seconds{${bank}})`, legend: 'duration' }],
    unit: 's',
    width: 12,
  },
];

const operations: Panel[] = [
  {
    kind: 'timeseries',
    title: 'Requested',
    description: 'Requested operations per second, by type.',
    queries: [
      {
        expr: `sum by (type) (rate(guichet_operations_requested_total{${bank}}${rate}))`,
        legend: '{{type}}',
      },
    ],
    unit: 'ops',
    stacked: true,
    width: 8,
  },
  {
    kind: 'timeseries',
    title: 'Decided',
    description: 'Decisions per second, by outcome.',
    queries: [
      { expr: `sum by (outcome) (rate(guichet_decisions_total{${bank}}${rate}))`, legend: '{{outcome}}' },
    ],
    unit: 'ops',
    stacked: true,
    width: 8,
  },
  {
    kind: 'timeseries',
    title: 'Refused',
    description: 'Refused requests and decisions per second, by code.',
    queries: [
      {
        expr: `sum by (work, code) (rate(guichet_refusals_total{${bank}}${rate})) > 0`,
        legend: '{{work}} {{code}}',
      },
    ],
    unit: 'ops',
    width: 8,
  },
  {
    kind: 'timeseries',
    title: 'Posted',
    description: 'Posted operations per second, by type.',
    queries: [
      {
        expr: `sum by (type) (rate(guichet_decisions_total{${bank},outcome="posted"}${rate}))`,
        legend: '{{type}}',
      },
    ],
    unit: 'ops',
    stacked: true,
    width: 8,
  },
  {
    kind: 'timeseries',
    title: 'Money posted, per hour',
    description: 'In minor units (cents), by type and currency.',
    queries: [
      {
        expr: `sum by (type, currency) (increase(guichet_posted_amount_minor_units_total{${bank}}[1h])) > 0`,
        legend: '{{type}} {{currency}}',
      },
    ],
    width: 8,
  },
  {
    kind: 'timeseries',
    title: 'Waiting',
    description: 'Operations that wait for an agent, by type.',
    queries: [{ expr: `max by (type) (guichet_operations_waiting{${bank}})`, legend: '{{type}}' }],
    stacked: true,
    width: 8,
  },
];

const commandQueue: Panel[] = [
  {
    kind: 'stat',
    title: 'Failed decisions, 1 h',
    description: 'Share of decisions that failed; the objective is at most 0.1 % per month.',
    queries: [{ expr: `bank:decisions_failed:ratio_rate1h{${bank}}`, legend: 'failed' }],
    unit: 'percentunit',
    warnFrom: 0.001,
    badFrom: 0.0144,
    width: 6,
  },
  {
    kind: 'stat',
    title: 'Slow decisions, 1 h',
    description: 'Share of decisions that took more than 250 ms; the objective is at most 1 % per month.',
    queries: [{ expr: `bank:decisions_slow:ratio_rate1h{${bank}}`, legend: 'slow' }],
    unit: 'percentunit',
    warnFrom: 0.01,
    badFrom: 0.144,
    width: 6,
  },
  {
    kind: 'stat',
    title: 'Queued in memory',
    description: 'Requests and decisions that wait for the next transaction.',
    queries: [{ expr: `sum by (work) (guichet_command_queue_waiting_items{${bank}})`, legend: '{{work}}' }],
    width: 12,
  },
  {
    kind: 'timeseries',
    title: 'From arrival to commit',
    description: 'Median and 99th percentile, for requests and decisions.',
    queries: [0.5, 0.99].map((quantile) => ({
      expr: `histogram_quantile(${quantile}, sum by (work, le) (rate(guichet_command_queue_duration_seconds_bucket{${bank}}${rate})))`,
      legend: `{{work}} p${quantile * 100}`,
    })),
    unit: 's',
    width: 12,
  },
  {
    kind: 'timeseries',
    title: 'Batches',
    description: 'Average number of items in a transaction. It grows with the load, up to 256.',
    queries: [
      {
        expr: `sum by (work) (rate(guichet_command_queue_batch_items_sum{${bank}}${rate})) / sum by (work) (rate(guichet_command_queue_batch_items_count{${bank}}${rate}))`,
        legend: '{{work}}',
      },
    ],
    width: 12,
  },
];

const webhooks: Panel[] = [
  {
    kind: 'stat',
    title: 'Webhooks',
    description: 'Webhooks of customers and agents.',
    queries: [{ expr: `max by (status) (guichet_webhooks{${bank}})`, legend: '{{status}}' }],
    width: 6,
  },
  {
    kind: 'stat',
    title: 'Overdue attempt',
    description: 'How long ago the next attempt of a webhook should have been made.',
    queries: [{ expr: `max(guichet_webhook_attempt_overdue_seconds{${bank}})`, legend: 'overdue' }],
    unit: 's',
    warnFrom: 60,
    badFrom: 600,
    width: 6,
  },
  {
    kind: 'stat',
    title: 'Oldest waiting message',
    description: 'Also for a receiver that is down.',
    queries: [{ expr: `max(guichet_webhook_oldest_waiting_age_seconds{${bank}})`, legend: 'oldest' }],
    unit: 's',
    width: 6,
  },
  {
    kind: 'stat',
    title: 'Waiting and given up',
    description: 'Messages of webhooks.',
    queries: [
      { expr: `max(guichet_webhook_waiting_messages{${bank}})`, legend: 'waiting' },
      { expr: `max(guichet_webhook_dead_messages{${bank}})`, legend: 'given up' },
    ],
    width: 6,
  },
  {
    kind: 'timeseries',
    title: 'Deliveries',
    description:
      'Attempts that were acknowledged or failed, and messages that were given up or withheld, per second.',
    queries: [
      {
        expr: `sum by (outcome) (rate(guichet_webhook_deliveries_total{${bank}}${rate}))`,
        legend: '{{outcome}}',
      },
    ],
    unit: 'ops',
    width: 24,
  },
];

export const moneyDashboard: Dashboard = {
  uid: 'guichet-money',
  title: 'Guichet: money',
  description: 'Requested, decided and posted operations, and whether the ledger reconciles.',
  rows: [
    { title: 'Ledger', panels: ledger },
    { title: 'Operations', panels: operations },
    { title: 'Command queue', panels: commandQueue },
    { title: 'Webhooks', panels: webhooks },
  ],
};
