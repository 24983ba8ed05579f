export { BODY_BYTES_MAX, bodyBytesMax } from './body-limits.ts';
export { LENGTHS } from './lengths.ts';
export { text } from './text.ts';
