export { recordViewing } from './record-viewing.ts';
export { createViewingsTable } from './store.ts';
