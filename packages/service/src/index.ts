export { watchDeadLetters } from './dead-letter-metrics.ts';
export { describeDeadLetters, describeOutbox, serviceDescriber } from './describe-service.ts';
export { identifyCallers } from './identify-callers.ts';
export { logDenials } from './log-denials.ts';
export { relayOutbox } from './relay-outbox.ts';
export { setupRoute } from './setup-route.ts';
export { serve, startService } from './start-service.ts';
