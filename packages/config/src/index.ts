export { type Address, writeAddress } from './addresses.ts';
export { fingerprintSettings } from './fingerprint.ts';
export * from './fragments.ts';
export { ConfigError, readSettings } from './read-settings.ts';
