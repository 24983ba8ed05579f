export { watchDeadLetters } from './dead-letter-metrics.ts';
export { identifyCallers } from './identify-callers.ts';
export { logDenials } from './log-denials.ts';
export { relayOutbox } from './relay-outbox.ts';
export { serve, startService } from './start-service.ts';
