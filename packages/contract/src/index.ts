export { BODY_BYTES_MAX, bodyBytesMax } from './body-limits.ts';
export { EmailAddress, emailKey, parseEmail } from './email.ts';
export { LENGTHS } from './lengths.ts';
export { networkOf, ONE_CLIENT } from './network.ts';
export { LANGUAGES, type Language, USER_STATUSES, type UserStatus } from './people.ts';
export { plainLines, plainText, text } from './text.ts';
