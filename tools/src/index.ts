export type { ServiceName } from '@guichet/contract';
export { METRICS_PAGE, metricsPage } from './monitoring/metrics-page.ts';
export { scrapeBank } from './monitoring/scrape.ts';
export type { Login, Logins } from './start/logins.ts';
export { type BankRunOptions, type RunningBank, startBank } from './start/run-bank.ts';
