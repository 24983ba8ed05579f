import { FIRST_WORDS_OF_TOPIC, type LogTopic } from '@guichet/contract/events';
import { type Sql, sql } from '@guichet/database';

/** Whether the column `action` has an action of a topic. */
export function hasTopic(topic: LogTopic, action: Sql): Sql {
  const firstWord = sql`SUBSTRING_INDEX(${action}, '_', 1)`;
  return topic === 'security'
    ? sql`${firstWord} NOT IN (${Object.values(FIRST_WORDS_OF_TOPIC).flat()})`
    : sql`${firstWord} IN (${FIRST_WORDS_OF_TOPIC[topic]})`;
}
