import { logFamilyOf } from '@guichet/contract/events';

/** What customers look for in their activity. */
export const LOG_TOPICS = ['money', 'security', 'profile'] as const;
export type LogTopic = (typeof LOG_TOPICS)[number];

/** The topic of an action. It follows from the action's first word, so that a newer release's actions have one too. */
export function topicOf(action: string): LogTopic {
  if (logFamilyOf(action) !== null || /^(?:REVERSAL|BENEFICIARY)_/.test(action)) return 'money';
  return /^(?:USER|PROFILE|NAME|EMAIL)_/.test(action) ? 'profile' : 'security';
}
