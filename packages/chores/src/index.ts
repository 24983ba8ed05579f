export { type Chore, keepDoing } from './keep-doing.ts';
export { createChoresTable, type Done, lastDone, recordDone } from './store.ts';
