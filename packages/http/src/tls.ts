import { followTls } from '@guichet/certificates';
import { buildConnector } from 'undici';

/**
 * The `connect` option of undici for the service `name`: it presents our certificate from `directory` and expects one of the same authority for that
 * name. New connections use a renewed certificate.
 */
export function connectTo(
  name: string,
  directory: string,
  { timeoutMs = 3_000 }: { timeoutMs?: number } = {},
): buildConnector.connector {
  const followed = followTls(directory);
  let files = followed.current();
  let connector = connectorWith(files);

  function connectorWith({ ca, cert, key }: typeof files): buildConnector.connector {
    return buildConnector({ ca, cert, key, servername: name, timeout: timeoutMs });
  }

  return (options, done) => {
    const current = followed.current();
    if (current !== files) {
      files = current;
      // A new connector also forgets the TLS sessions, which belong to the older certificate.
      connector = connectorWith(files);
    }
    connector({ ...options, servername: name }, done);
  };
}
