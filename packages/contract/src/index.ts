export { LENGTHS } from './lengths.ts';
export { text } from './text.ts';
