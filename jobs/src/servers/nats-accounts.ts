import {
  NATS_SERVICES,
  type NatsUserName,
  type Permissions,
  permissionsOf,
  STREAMS_USER,
} from './nats-permissions.ts';

/** The account that owns the streams. */
const STREAMS_ACCOUNT = 'STREAMS';

interface Import {
  service?: { account: string; subject: string };
  stream?: { account: string; subject: string };
  to?: string;
}

interface Export {
  service?: string;
  stream?: string;
  accounts: string[];
  response_type?: 'stream';
}

interface Account {
  jetstream?: 'enabled';
  users: { user: NatsUserName; password: string; permissions: Permissions }[];
  exports?: Export[];
  imports?: Import[];
  mappings?: Record<string, string>;
}

/**
 * The accounts of the NATS server. The server sends an answer to the reply subject that a request names, without checking that the user may
 * publish there: in the account of the streams, a request with the reply subject `users.<id>` would replace the state of that user. So each
 * service has an account of its own without streams, which imports only the subjects that `permissionsOf` allows.
 */
export function accountsOf(passwordOf: (user: NatsUserName) => string): Record<string, Account> {
  const services = NATS_SERVICES.map((user) => {
    const { publish, subscribe } = permissionsOf(user);
    const subscribed = subscribe.filter((subject) => !subject.startsWith('_INBOX_'));
    const permissions = { publish: publish.map(importedSubject), subscribe };
    const account: Account = {
      users: [{ user, password: passwordOf(user), permissions }],
      imports: [
        ...publish.map((subject) => ({
          service: { account: STREAMS_ACCOUNT, subject },
          ...(isApi(subject) ? { to: importedSubject(subject) } : {}),
        })),
        ...subscribed.map((subject) => ({ stream: { account: STREAMS_ACCOUNT, subject } })),
      ],
      mappings: Object.fromEntries(
        publish.filter(isApi).map((subject) => [subject, importedSubject(subject)]),
      ),
    };
    return { name: user.toUpperCase(), account, publish, subscribed };
  });
  const streams: Account = {
    jetstream: 'enabled',
    users: [
      { user: STREAMS_USER, password: passwordOf(STREAMS_USER), permissions: permissionsOf(STREAMS_USER) },
    ],
    exports: [
      ...byAccount(services, 'publish').map(([subject, accounts]) => ({
        service: subject,
        accounts,
        // One request for messages gets many replies.
        ...(subject.includes('.MSG.NEXT.') ? { response_type: 'stream' as const } : {}),
      })),
      ...byAccount(services, 'subscribed').map(([subject, accounts]) => ({ stream: subject, accounts })),
    ],
  };
  return {
    [STREAMS_ACCOUNT]: streams,
    ...Object.fromEntries(services.map(({ name, account }) => [name, account])),
  };
}

function isApi(subject: string): boolean {
  return subject.startsWith('$JS.API.');
}

// In every account the server answers `$JS.API.>` for that account itself, so requests to the streams' account need another subject.
function importedSubject(subject: string): string {
  return isApi(subject) ? subject.replace('$JS.API.', 'STREAMS.API.') : subject;
}

/** Every subject, with the accounts that use it. */
function byAccount<Kind extends 'publish' | 'subscribed'>(
  services: readonly ({ name: string } & Record<Kind, readonly string[]>)[],
  kind: Kind,
): [subject: string, accounts: string[]][] {
  const subjects = new Set(services.flatMap((service) => service[kind]));
  return [...subjects].map((subject) => [
    subject,
    services.filter((service) => service[kind].includes(subject)).map(({ name }) => name),
  ]);
}
