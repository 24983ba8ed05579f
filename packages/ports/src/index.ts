export { choosePorts, freePort } from './choose-ports.ts';
export { isFree } from './is-free.ts';
