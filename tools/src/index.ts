export { findEngine } from './images/engine.ts';
export { IMAGES, REGISTRY, reference } from './images/rules.ts';
export { METRICS_PAGE, metricsPage } from './monitoring/metrics-page.ts';
export { scrapeBank } from './monitoring/scrape.ts';
export { ensureMysql } from './programs/mysql.ts';
export { PROJECT } from './project.ts';
export { Bank, type Replica } from './start/bank.ts';
export { fileOutput } from './start/output.ts';
export { type RunningBank, startBank } from './start/run-bank.ts';
