import type { Dashboard, Panel } from './dashboard.ts';

const bank = 'bank="$bank"';
const rate = '[$__rate_interval]';

const chain: Panel[] = [
  {
    kind: 'stat',
    title: 'Chain',
    description: 'What the last walk along the hash chain found.',
    queries: [{ expr: `min(guichet_log_chain_ok{${bank}})`, legend: 'chain' }],
    words: { 0: 'broken', 1: 'whole' },
    width: 6,
  },
  {
    kind: 'stat',
    title: 'Verified',
    description: 'Time since the last walk ended.',
    queries: [{ expr: `time() - max(guichet_log_chain_verified_timestamp_seconds{${bank}})`, legend: 'ago' }],
    unit: 's',
    warnFrom: 14_400,
    badFrom: 86_400,
    width: 6,
  },
  {
    kind: 'stat',
    title: 'Entries verified',
    description: 'How many entries the last walk found whole.',
    queries: [{ expr: `max(guichet_log_chain_entries{${bank}})`, legend: 'entries' }],
    width: 6,
  },
  {
    kind: 'stat',
    title: 'Dead letters',
    description: 'Messages that could not be opened or read; there should be none.',
    queries: [{ expr: `sum(max by (service, stream) (guichet_dead_letters{${bank}}))`, legend: 'messages' }],
    badFrom: 1,
    width: 6,
  },
];

const intake: Panel[] = [
  {
    kind: 'timeseries',
    title: 'Stored',
    description: 'Entries a second that were added to the log, and deliveries of what it held already.',
    queries: [
      { expr: `sum(rate(guichet_log_entries_stored_total{${bank}}${rate}))`, legend: 'stored' },
      { expr: `sum(rate(guichet_log_entries_repeated_total{${bank}}${rate}))`, legend: 'held already' },
    ],
    unit: 'ops',
    width: 8,
  },
  {
    kind: 'timeseries',
    title: 'How far the log is behind',
    description: 'Age of the oldest entry of a batch when it was stored: half and 99 % of the batches.',
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
    description: 'Messages in a transaction, on average.',
    queries: [
      {
        expr: `sum(rate(guichet_log_batch_items_sum{${bank}}${rate})) / sum(rate(guichet_log_batch_items_count{${bank}}${rate}))`,
        legend: 'messages',
      },
    ],
    width: 8,
  },
];

const way: Panel[] = [
  {
    kind: 'timeseries',
    title: 'Outbox',
    description: 'Events that wait in each service for JetStream.',
    queries: [{ expr: `max by (service) (guichet_outbox_depth{${bank}})`, legend: '{{service}}' }],
    width: 8,
  },
  {
    kind: 'timeseries',
    title: 'Oldest event in the outbox',
    description: 'For how long it has waited; a second is much.',
    queries: [
      { expr: `max by (service) (guichet_outbox_oldest_age_seconds{${bank}})`, legend: '{{service}}' },
    ],
    unit: 's',
    width: 8,
  },
  {
    kind: 'timeseries',
    title: 'Consumers',
    description: 'Messages that stand in a stream and are not stored or sent yet.',
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
    description: 'Whether it takes mail.',
    queries: [{ expr: `max(guichet_smtp_up{${bank}})`, legend: 'SMTP' }],
    words: { 0: 'away', 1: 'up' },
    width: 6,
  },
  {
    kind: 'stat',
    title: 'Dead letters (mail)',
    description: 'Mails that could not be sent and wait for a person.',
    queries: [{ expr: `max(guichet_mail_dead_letters{${bank}})`, legend: 'mails' }],
    warnFrom: 1,
    width: 6,
  },
  {
    kind: 'stat',
    title: 'Live tails',
    description: 'Streams of the log that somebody follows.',
    queries: [{ expr: `sum(guichet_log_streams_open{${bank}})`, legend: 'streams' }],
    width: 6,
  },
  {
    kind: 'stat',
    title: 'Sent, 24 h',
    description: 'Mails that the mail server accepted.',
    queries: [{ expr: `sum(increase(guichet_mails_sent_total{${bank}}[24h]))`, legend: 'mails' }],
    width: 6,
  },
  {
    kind: 'timeseries',
    title: 'Mail by template',
    description: 'Mails a minute that were sent.',
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
    title: 'Mail in trouble',
    description: 'Attempts a minute that failed and will be made again, and mails that became dead letters.',
    queries: [
      { expr: `60 * sum(rate(guichet_mails_retried_total{${bank}}${rate}))`, legend: 'tried again' },
      { expr: `60 * sum(rate(guichet_mails_dead_lettered_total{${bank}}${rate}))`, legend: 'dead letters' },
    ],
    width: 12,
  },
];

export const logDashboard: Dashboard = {
  uid: 'guichet-log',
  title: 'Guichet: log and mail',
  description: 'How what happens becomes a log entry and a mail, and whether the log is whole.',
  rows: [
    { title: 'The log', panels: chain },
    { title: 'Intake', panels: intake },
    { title: 'On the way', panels: way },
    { title: 'Mail', panels: mail },
  ],
};
