export { type Clock, shiftedClock, systemClock } from './clock.ts';
export * from './fragments.ts';
export { ConfigError, readSettings } from './read-settings.ts';
