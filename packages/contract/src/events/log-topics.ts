import { FAMILY_OF_PREFIX } from './log-actions.ts';

/** What customers look for in their activity. Every action has one topic. */
export const LOG_TOPICS = ['money', 'security', 'profile'] as const;
export type LogTopic = (typeof LOG_TOPICS)[number];

/** The first words of the actions of each topic. All others belong to security, so that a newer release's actions have a topic too. */
export const FIRST_WORDS_OF_TOPIC: Readonly<Record<Exclude<LogTopic, 'security'>, readonly string[]>> = {
  money: [
    ...FAMILY_OF_PREFIX.map(([prefix]) => prefix.replace('_', '')),
    'REVERSAL',
    'STANDING',
    'INCOMING',
    'RETURNED',
    'SUSPENSE',
    'DUPLICATE',
    'INTEREST',
    'FEE',
    'BENEFICIARY',
  ],
  profile: ['USER', 'PROFILE', 'NAME', 'EMAIL'],
};
