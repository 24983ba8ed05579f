export { handleDeadLetters, runDeadLettersCommand } from './command.ts';
export { type Handling, retryDeadLetters } from './retry.ts';
export { countDeadLetters, createDeadLettersTable, discardLettersOf } from './store.ts';
export { storedDeadLetters } from './stored-dead-letters.ts';
