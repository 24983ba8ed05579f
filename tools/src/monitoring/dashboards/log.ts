import type { Dashboard, Panel } from './dashboard.ts';

const bank = 'bank="$bank"';
const rate = '[$__rate_interval]';

const chain: Panel[] = [
  {
    kind: 'stat',
    title: 'Chain',
    description: 'The result of the last verification of the hash chain.',
    queries: [{ expr: `min(guichet_log_chain_ok{${bank}})`, legend: 'chain' }],
    words: { 0: 'broken', 1: 'whole' },
    width: 6,
  },
  {
    kind: 'stat',
    title: 'Verified',
    description: 'Time since the last verification ended.',
    queries: [{ expr: `time() - max(guichet_log_chain_verified_timestamp_seconds{${bank}})`, legend: 'ago' }],
    unit: 's',
    warnFrom: 14_400,
    badFrom: 86_400,
    width: 6,
  },
  {
    kind: 'stat',
    title: 'Entries verified',
    description: 'Entries that the last verification found intact.',
    queries: [{ expr: `max(guichet_log_chain_entries{${bank}})`, legend: 'entries' }],
    width: 6,
  },
  {
    kind: 'stat',
    title: 'Dead letters',
    description: 'Messages that could not be decrypted or parsed; there should be none.',
    queries: [{ expr: `sum(max by (service, stream) (guichet_dead_letters{${bank}}))`, legend: 'messages' }],
    badFrom: 1,
    width: 6,
  },
];

const intake: Panel[] = [
  {
    kind: 'timeseries',
    title: 'Stored',
    description: 'Entries per second that were stored, and repeated deliveries of stored entries.',
    queries: [
      { expr: `sum(rate(guichet_log_entries_stored_total{${bank}}${rate}))`, legend: 'stored' },
      { expr: `sum(rate(guichet_log_entries_repeated_total{${bank}}${rate}))`, legend: 'stored already' },
    ],
    unit: 'ops',
    width: 8,
  },
  {
    kind: 'timeseries',
    title: 'Log delay',
    description: 'Age of the oldest entry in a batch when it was stored: median and 99th percentile.',
    queries: [0.5, 0.99].map((quantile) => ({
      expr: `histogram_quantile(${quantile}, sum by (le) (rate(guichet_log_delay_seconds_bucket{${bank}}${rate})))`,
      legend: `p${quantile * 100}`,
    })),
    unit: 's',
    width: 8,
  },
  {
    kind: 'timeseries',
    title: 'Batches',
    description: 'Average number of messages in a transaction.',
    queries: [
      {
        expr: `sum(rate(guichet_log_batch_items_sum{${bank}}${rate})) / sum(rate(guichet_log_batch_items_count{${bank}}${rate}))`,
        legend: 'messages',
      },
    ],
    width: 8,
  },
];

const delivery: Panel[] = [
  {
    kind: 'timeseries',
    title: 'Outbox',
    description: 'Events in each service that wait to be published to JetStream.',
    queries: [{ expr: `max by (service) (guichet_outbox_depth{${bank}})`, legend: '{{service}}' }],
    width: 8,
  },
  {
    kind: 'timeseries',
    title: 'Oldest event in the outbox',
    description: 'How long it has waited; normally less than a second.',
    queries: [
      { expr: `max by (service) (guichet_outbox_oldest_age_seconds{${bank}})`, legend: '{{service}}' },
    ],
    unit: 's',
    width: 8,
  },
  {
    kind: 'timeseries',
    title: 'Consumers',
    description: 'Messages in a stream that are not processed yet.',
    queries: [
      {
        expr: `max by (stream, consumer) (guichet_consumer_lag_messages{${bank}})`,
        legend: '{{stream}} → {{consumer}}',
      },
    ],
    width: 8,
  },
];

const mail: Panel[] = [
  {
    kind: 'stat',
    title: 'Mail server',
    description: 'Whether it accepts mail.',
    queries: [{ expr: `max(guichet_smtp_up{${bank}})`, legend: 'SMTP' }],
    words: { 0: 'down', 1: 'up' },
    width: 6,
  },
  {
    kind: 'stat',
    title: 'Dead letters (mail)',
    description: 'Emails that could not be sent and wait for an operator.',
    queries: [{ expr: `max(guichet_mail_dead_letters{${bank}})`, legend: 'mails' }],
    warnFrom: 1,
    width: 6,
  },
  {
    kind: 'stat',
    title: 'Live tails',
    description: 'Open live streams of the log.',
    queries: [{ expr: `sum(guichet_log_streams_open{${bank}})`, legend: 'streams' }],
    width: 6,
  },
  {
    kind: 'stat',
    title: 'Sent, 24 h',
    description: 'Emails that the mail server accepted.',
    queries: [{ expr: `sum(increase(guichet_mails_sent_total{${bank}}[24h]))`, legend: 'mails' }],
    width: 6,
  },
  {
    kind: 'timeseries',
    title: 'Mail by template',
    description: 'Emails sent per minute.',
    queries: [
      {
        expr: `60 * sum by (template) (rate(guichet_mails_sent_total{${bank}}${rate})) > 0`,
        legend: '{{template}}',
      },
    ],
    width: 12,
  },
  {
    kind: 'timeseries',
    title: 'Failed mail',
    description: 'Failed attempts per minute that will be retried, and emails that became dead letters.',
    queries: [
      { expr: `60 * sum(rate(guichet_mails_retried_total{${bank}}${rate}))`, legend: 'retried' },
      { expr: `60 * sum(rate(guichet_mails_dead_lettered_total{${bank}}${rate}))`, legend: 'dead letters' },
    ],
    width: 12,
  },
];

export const logDashboard: Dashboard = {
  uid: 'guichet-log',
  title: 'Guichet: log and mail',
  description: 'How events become log entries and emails, and whether the log is intact.',
  rows: [
    { title: 'The log', panels: chain },
    { title: 'Intake', panels: intake },
    { title: 'Event delivery', panels: delivery },
    { title: 'Mail', panels: mail },
  ],
};
