import type { Dashboard, Panel, Query } from './dashboard.ts';

const chosen = 'bank="$bank",service=~"$service"';
const rate = '[$__rate_interval]';

function quantiles(metric: string, by: string, matchers: string): Query[] {
  return [0.5, 0.95, 0.99].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, sum by (${by ? `${by}, ` : ''}le) (rate(${metric}_bucket{${matchers}}${rate})))`,
    legend: `${by ? `{{${by}}} ` : ''}p${quantile * 100}`,
  }));
}

const levels: Panel[] = [
  {
    kind: 'stat',
    title: 'Processes',
    description: 'Processes of each service that Prometheus can scrape.',
    queries: [{ expr: `count by (service) (guichet_build_info{${chosen}})`, legend: '{{service}}' }],
    width: 8,
  },
  {
    kind: 'stat',
    title: 'Failed requests, 1 h',
    description: 'Share of requests with a 5xx reply; the objective is at most 0.1 % per month.',
    queries: [{ expr: `bank_service:http_requests_failed:ratio_rate1h{${chosen}}`, legend: '{{service}}' }],
    unit: 'percentunit',
    warnFrom: 0.001,
    badFrom: 0.0144,
    width: 8,
  },
  {
    kind: 'stat',
    title: 'Slow requests, 1 h',
    description: 'Share of requests that took more than 500 ms; the objective is at most 1 % per month.',
    queries: [{ expr: `bank_service:http_requests_slow:ratio_rate1h{${chosen}}`, legend: '{{service}}' }],
    unit: 'percentunit',
    warnFrom: 0.01,
    badFrom: 0.144,
    width: 8,
  },
];

const requests: Panel[] = [
  {
    kind: 'timeseries',
    title: 'Requests',
    description: 'Requests per second, by service.',
    queries: [
      {
        expr: `sum by (service) (rate(http_request_duration_seconds_count{${chosen}}${rate}))`,
        legend: '{{service}}',
      },
    ],
    unit: 'reqps',
    width: 8,
  },
  {
    kind: 'timeseries',
    title: 'Error replies',
    description:
      '4xx and 5xx replies per second, by service and status. 499: the client disconnected before the reply began.',
    queries: [
      {
        expr: `sum by (service, status) (rate(http_request_duration_seconds_count{${chosen},status=~"[45].."}${rate}))`,
        legend: '{{service}} {{status}}',
      },
    ],
    unit: 'reqps',
    width: 8,
  },
  {
    kind: 'timeseries',
    title: 'Duration',
    description: 'Median, 95th and 99th percentile; streams and exports are excluded.',
    queries: quantiles(
      'http_request_duration_seconds',
      'service',
      `${chosen},route!~"/readyz|/api/logs/(stream|export|verify)|/logs/(stream|export)"`,
    ),
    unit: 's',
    width: 8,
  },
  {
    kind: 'table',
    title: 'Slowest routes',
    description: 'The ten routes with the highest 95th percentile.',
    queries: [
      {
        expr: `topk(10, histogram_quantile(0.95, sum by (service, route, le) (rate(http_request_duration_seconds_bucket{${chosen}}[15m]))) > 0)`,
      },
    ],
    unit: 's',
    width: 12,
  },
  {
    kind: 'table',
    title: 'Failing routes',
    description: '5xx replies per second, by route.',
    queries: [
      {
        expr: `topk(10, sum by (service, route, status) (rate(http_request_duration_seconds_count{${chosen},status=~"5.."}[15m])) > 0)`,
      },
    ],
    unit: 'reqps',
    width: 12,
  },
];

const dependencies: Panel[] = [
  {
    kind: 'stat',
    title: 'Database',
    description: 'Whether it is available to the service.',
    queries: [{ expr: `max by (service) (guichet_database_up{${chosen}})`, legend: '{{service}}' }],
    words: { 0: 'down', 1: 'up' },
    width: 6,
  },
  {
    kind: 'stat',
    title: 'NATS',
    description:
      'Whether the service is connected and the streams exist. The bank keeps working without NATS.',
    queries: [{ expr: `max by (service) (guichet_nats_up{${chosen}})`, legend: '{{service}}' }],
    words: { 0: 'down', 1: 'up' },
    width: 10,
  },
  {
    kind: 'stat',
    title: 'Certificates',
    description: 'Time until the first of a service’s certificates expires.',
    queries: [
      {
        expr: `min by (service) (guichet_certificate_expiry_timestamp_seconds{${chosen}}) - time()`,
        legend: '{{service}}',
      },
    ],
    unit: 's',
    width: 8,
  },
  {
    kind: 'timeseries',
    title: 'Database pool',
    description: 'Connections in use, requests that wait for one, and the maximum, per service.',
    queries: [
      {
        expr: `sum by (service) (guichet_database_pool_connections{${chosen},state="used"})`,
        legend: '{{service}} used',
      },
      {
        expr: `sum by (service) (guichet_database_pool_waiting_requests{${chosen}})`,
        legend: '{{service}} waiting',
      },
      {
        expr: `sum by (service) (guichet_database_pool_max_connections{${chosen}})`,
        legend: '{{service}} maximum',
      },
    ],
    width: 12,
  },
  {
    kind: 'timeseries',
    title: 'Sign-ins',
    description: 'Sign-ins per minute by outcome, and passwords that wait to be hashed.',
    queries: [
      {
        expr: `60 * sum by (outcome) (rate(guichet_logins_total{bank="$bank"}${rate}))`,
        legend: '{{outcome}}',
      },
      { expr: 'sum(guichet_password_hashes_waiting{bank="$bank"})', legend: 'waiting to be hashed' },
    ],
    width: 8,
  },
  {
    kind: 'stat',
    title: 'Signing key',
    description: 'How long the key has been signing; it is rotated after SIGNING_KEY_DAYS.',
    queries: [{ expr: 'max(guichet_signing_key_age_seconds{bank="$bank"})', legend: 'age' }],
    unit: 's',
    width: 4,
  },
];

const processes: Panel[] = [
  {
    kind: 'timeseries',
    title: 'Event loop',
    description: '99th percentile of the event loop delay, which adds to every request of the process.',
    queries: [
      { expr: `max by (service) (nodejs_eventloop_lag_p99_seconds{${chosen}})`, legend: '{{service}}' },
    ],
    unit: 's',
    width: 8,
  },
  {
    kind: 'timeseries',
    title: 'CPU',
    description: 'Cores in use, by service.',
    queries: [
      { expr: `sum by (service) (rate(process_cpu_seconds_total{${chosen}}${rate}))`, legend: '{{service}}' },
    ],
    width: 8,
  },
  {
    kind: 'timeseries',
    title: 'Memory',
    description: 'Resident memory of the largest process of each service.',
    queries: [{ expr: `max by (service) (process_resident_memory_bytes{${chosen}})`, legend: '{{service}}' }],
    unit: 'bytes',
    width: 8,
  },
  {
    kind: 'timeseries',
    title: 'Starts',
    description: 'Processes that started in the last 15 minutes.',
    queries: [
      {
        expr: `count by (service) (time() - process_start_time_seconds{${chosen}} < 900) or 0 * count by (service) (process_start_time_seconds{${chosen}})`,
        legend: '{{service}}',
      },
    ],
    width: 12,
  },
  {
    kind: 'table',
    title: 'Releases',
    description: 'Running releases, and the number of processes of each.',
    queries: [{ expr: `count by (service, version, revision) (guichet_build_info{${chosen}})` }],
    width: 12,
  },
];

export const serviceDashboard: Dashboard = {
  uid: 'guichet-service',
  title: 'Guichet: services',
  description: 'Requests to the bank’s services, and their dependencies.',
  choosesService: true,
  rows: [
    { title: 'Service levels', panels: levels },
    { title: 'Requests', panels: requests },
    { title: 'Dependencies', panels: dependencies },
    { title: 'Processes', panels: processes },
  ],
};
