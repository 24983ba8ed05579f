/**
 * The fields of the data of audit events, and whom each is about: the actor, the customer whom the event concerns, or no person. The log seals what is
 * about a person with that person's key. A field that is not listed is taken for one about the customer.
 */
export const DATA_FIELDS = {
  ip: 'actor',
  user_agent: 'actor',

  account_iban: 'customer',
  account_name: 'customer',
  iban: 'customer',
  name: 'customer',
  name_before: 'customer',
  payee: 'customer',
  payee_iban: 'customer',
  reason: 'customer',
  username: 'customer',
  verified_name: 'customer',
  verified_name_before: 'customer',

  aaguid: null,
  account_id: null,
  after: null,
  amount: null,
  api_token_id: null,
  backed_up: null,
  before: null,
  broken: null,
  code: null,
  command: null,
  count: null,
  currency: null,
  decision: null,
  due_on: null,
  events: null,
  execute_on: null,
  expires_at: null,
  families: null,
  fields: null,
  from: null,
  hash: null,
  host: null,
  kid: null,
  limits: null,
  log_level: null,
  mail_ids: null,
  method: null,
  month: null,
  new_device: null,
  note_id: null,
  operation_id: null,
  // A user of the operating system, who is no person of the bank.
  operator: null,
  refused_mails: null,
  quota: null,
  resealed: null,
  restored: null,
  role: null,
  route: null,
  scope: null,
  scopes: null,
  session_id: null,
  sessions_ended: null,
  settings_hash: null,
  since: null,
  standing_order_id: null,
  status: null,
  subjects: null,
  template: null,
  to: null,
  transfer_id: null,
  tries: null,
  trusted_device: null,
  type: null,
  version: null,
} as const satisfies Record<string, 'actor' | 'customer' | null>;

export type DataField = keyof typeof DATA_FIELDS;

/** The person that a field of an event's data is about. */
export function aboutWhom(field: string): 'actor' | 'customer' | null {
  return Object.hasOwn(DATA_FIELDS, field) ? DATA_FIELDS[field as DataField] : 'customer';
}
