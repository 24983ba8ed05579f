import type { ClusterOptions, PreparedNode } from './cluster-node.ts';
import { serverArguments } from './database-server.ts';
import { GALERA_PROVIDER_OPTIONS, GALERA_SERVER_OPTIONS } from './galera-options.ts';

/** The user that copies the data of a node for another one. */
const COPY_USER = 'copy';

/** The password of the user that copies data is that of root, which it may act as nearly as much as. */
export function copyUserStatements(rootPassword: string): string {
  const user = `'${COPY_USER}'@'localhost'`;
  return [
    `CREATE USER IF NOT EXISTS ${user} IDENTIFIED BY '${rootPassword}';`,
    `ALTER USER ${user} IDENTIFIED BY '${rootPassword}';`,
    `GRANT RELOAD, PROCESS, LOCK TABLES, BINLOG MONITOR ON *.* TO ${user};`,
  ].join('\n');
}

/** The configuration file of a node. */
export function clusterConfiguration(options: ClusterOptions, node: PreparedNode): string {
  const { program, nodes, rootPassword } = options;
  const { name, folder, port, groupPort, catchUpPort, copyPort, prepared } = node;
  const { tls } = prepared;
  const server = serverArguments({ ...options, program: program.database, folder, port }, prepared)
    .filter((argument) => !argument.startsWith('--init-file='))
    .map((argument) => argument.slice(2));
  const provider = {
    'gmcast.listen_addr': `${tls === null ? 'tcp' : 'ssl'}://127.0.0.1:${groupPort}`,
    'ist.recv_addr': `127.0.0.1:${catchUpPort}`,
    'ist.recv_bind': `127.0.0.1:${catchUpPort}`,
    // What a node that was down for minutes needs under load; without it, it copies the whole data.
    'gcache.size': tls === null ? '32M' : '128M',
    ...GALERA_PROVIDER_OPTIONS,
    ...(tls === null
      ? {}
      : {
          'socket.ssl_ca': tls.ca,
          'socket.ssl_cert': tls.certificate,
          'socket.ssl_key': tls.key,
        }),
  };
  return [
    '[mysqld]',
    ...server,
    ...GALERA_SERVER_OPTIONS,
    `wsrep-provider=${program.provider}`,
    'wsrep-cluster-name=guichet',
    `wsrep-cluster-address=gcomm://${nodes.map((one) => `127.0.0.1:${one.groupPort}`).join()}`,
    `wsrep-node-name=${name}`,
    `wsrep-node-address=127.0.0.1:${groupPort}`,
    `wsrep-sst-receive-address=127.0.0.1:${copyPort}`,
    `wsrep-sst-auth=${COPY_USER}:${rootPassword}`,
    // The last node is the least likely writer; the comma at the end allows any other one.
    `wsrep-sst-donor=${nodes
      .map((one) => one.name)
      .filter((one) => one !== name)
      .reverse()
      .join()},`,
    `wsrep-provider-options="${Object.entries(provider)
      .map(([key, value]) => `${key}=${value}`)
      .join(';')}"`,
    ...(tls === null
      ? []
      : ['[sst]', 'encrypt=3', `tca=${tls.ca}`, `tcert=${tls.certificate}`, `tkey=${tls.key}`]),
    '',
  ].join('\n');
}
