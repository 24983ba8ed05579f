export { type Chore, keepDoing } from './keep-doing.ts';
export { createChoresTable, type Done, lastDone } from './store.ts';
