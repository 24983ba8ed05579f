export { type Actor, type AuditEvent, type AuditFacts, ReceivedAuditEvent } from './audit-event.ts';
export { aboutWhom, DATA_FIELDS } from './data-fields.ts';
export { DEAD_MAIL_CAUSES, type DeadMailCause } from './dead-mail.ts';
export { LEVEL_CHANGE_MAX_MS, LevelEvent } from './level-event.ts';
export {
  isLogFamily,
  isOperationStep,
  LOG_ACTIONS,
  LOG_FAMILIES,
  type LogAction,
  type LogActionOf,
  type LogActionOn,
  type LogFamily,
  type LogServiceOf,
  logFamilyOf,
} from './log-actions.ts';
export {
  actionsOfOutcome,
  DECISION_ACTIONS,
  LOG_OUTCOMES,
  type LogOutcome,
  logOutcomeOf,
} from './log-outcomes.ts';
export { FIRST_WORDS_OF_TOPIC, LOG_TOPICS, type LogTopic } from './log-topics.ts';
export { type MailEvent, ReceivedMailEvent } from './mail-event.ts';
export {
  FreeText,
  isMailTemplate,
  MAIL_TEMPLATES,
  type MailContent,
  type MailData,
  type MailTemplate,
  type OptionalMailTemplate,
  optionalKindOf,
  Reason,
} from './mail-templates.ts';
export {
  fillSlots,
  type PersonalText,
  plain,
  type Sentence,
  SLOT,
  sentence,
  withoutSlots,
} from './sentence.ts';
export {
  DURABLE_STREAMS,
  type DurableName,
  MAIL_RECORDS_DAYS,
  READERS,
  SENDERS,
  STREAM_SUBJECTS,
  type StreamName,
  type Topic,
  topicOf,
} from './streams.ts';
export { KeyRevocationEvent, RevocationEvent, UserEvent } from './user-events.ts';
export { isEventId } from './words.ts';
