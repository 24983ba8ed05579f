export { accessDenied } from './access-denied.ts';
export { auditEvent } from './audit-event.ts';
export { type Broker, connectBroker } from './broker.ts';
export { type Consumption, consumeBatches, followLatest } from './consume.ts';
export { consumerLag } from './consumer-lag.ts';
export { currentOperator } from './current-operator.ts';
export { type DeadLetter, type DeadLetters, loggedDeadLetters } from './dead-letters.ts';
export { type EventKeys, toEventKeys } from './event-keys.ts';
export { type Item, itemsOf, type Open, openItem } from './items.ts';
export { ALL_STREAMS, keepStreams } from './keep-streams.ts';
export {
  keyRevocationMessage,
  levelMessage,
  logMessage,
  logSubject,
  mailMessage,
  type OutboxMessage,
  revocationMessage,
  userMessage,
} from './messages.ts';
export { operatorCommand } from './operator-command.ts';
export { outboxRepublished } from './outbox-republished.ts';
export { packEvents, placeOf, unpackEvents } from './packing.ts';
export { parseLevelEvent, parseRevocationEvent, parseUserEvent, userIdsOf } from './parse-event.ts';
export { PublishRefusedError, SubjectChangedError } from './publisher.ts';
export type { Parsed, Received } from './received.ts';
export { reportLife } from './report-life.ts';
export { reportTrouble } from './report-trouble.ts';
export { createEnvelope, type Envelope, generateSealingKeys } from './sealing.ts';
export { nextMessage, removeMessage, storedMessage } from './stored-message.ts';
export { ACK_WAIT_MS, ensureDurable, ensureDurables, ensureStreams } from './streams.ts';
export {
  createUnsubscribeToken,
  isGenuineUnsubscribe,
  readUnsubscribeToken,
} from './unsubscribe-token.ts';
