/**
 * The longest value of each kind of text, in characters (code points), as JSON Schema's `maxLength` and MySQL's `VARCHAR(n)` count them: a
 * value that passes here always fits a column of the same length.
 */
export const LENGTHS = {
  username: 32,
  /** RFC 5321, section 4.5.3.1.3: a path of 256 octets with its angle brackets. */
  email: 254,
  /** Longer than the password policy allows, so that users see the policy's refusal and not the schema's. */
  passwordInput: 512,
  /** A first name, or a last name. */
  namePart: 100,
  /** First name, space, last name. */
  fullName: 201,
  accountName: 60,
  productCode: 40,
  productName: 60,
  payeeName: 140,
  /** SEPA's remittance information. */
  reference: 140,
  reason: 500,
  /** A note about a customer. */
  note: 2_000,
  /** ISO 13616. */
  iban: 34,
  /** As people type one: in groups, with spaces between. */
  ibanInput: 64,
  /** A one-time code or a recovery code, as people type one. */
  codeInput: 32,
  /** A refresh token or the token of a mailed link. */
  opaqueToken: 1024,
  idempotencyKey: 255,
  correlationId: 64,
  userAgent: 250,
  /** IPv6, with an IPv4 address in its last part. */
  networkAddress: 45,
  tokenName: 60,
  passkeyName: 60,
  webhookUrl: 2_000,
  webhookDescription: 140,
  /** What is typed into a search field. */
  search: 140,
  cursor: 500,
  logAction: 64,
  logMessage: 2_000,
} as const;
