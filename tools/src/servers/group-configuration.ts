import { createHash } from 'node:crypto';
import type { GroupOptions, PreparedNode } from './cluster-node.ts';
import { serverArguments } from './database-server.ts';

/** The user as which a member fetches from another one what was committed while it was down. */
const RECOVERY_USER = 'recovery';

/** A password may have at most 32 characters there, and is stored as it is; so it's derived from that of root. */
function recoveryPassword(rootPassword: string): string {
  return createHash('sha256').update(`${RECOVERY_USER} ${rootPassword}`).digest('hex').slice(0, 32);
}

export function recoveryUserStatements(rootPassword: string): string {
  const user = `'${RECOVERY_USER}'@'127.0.0.1'`;
  const identified = `IDENTIFIED BY '${recoveryPassword(rootPassword)}'`;
  return [
    `CREATE USER IF NOT EXISTS ${user} ${identified};`,
    `ALTER USER ${user} ${identified};`,
    `GRANT REPLICATION SLAVE, CONNECTION_ADMIN, GROUP_REPLICATION_STREAM ON *.* TO ${user};`,
  ].join('\n');
}

export function useRecoveryUser(rootPassword: string): string {
  return `CHANGE REPLICATION SOURCE TO SOURCE_USER = '${RECOVERY_USER}', SOURCE_PASSWORD = '${recoveryPassword(rootPassword)}'
    FOR CHANNEL 'group_replication_recovery'`;
}

/** Arguments of a single server that would keep it out of a group. */
const SINGLE = /^--(skip-log-bin|performance-schema=|init-file=)/;

/** The configuration file of a member. @param group the name of the group, a UUID */
export function groupConfiguration(
  { program, nodes, ...options }: GroupOptions,
  { name, folder, port, groupPort, prepared }: PreparedNode,
  group: string,
): string {
  const { tls } = prepared;
  const server = serverArguments({ ...options, program, folder, port }, prepared)
    .filter((argument) => !SINGLE.test(argument))
    .map((argument) => argument.slice(2));
  return [
    '[mysqld]',
    ...server,
    `server_id=${1 + nodes.findIndex((one) => one.name === name)}`,
    'log_bin=binlog',
    'gtid_mode=ON',
    'enforce_gtid_consistency=ON',
    // Otherwise only a user with SUPER could create triggers.
    'log_bin_trust_function_creators=ON',
    'report_host=127.0.0.1',
    `report_port=${port}`,
    'plugin_load_add=group_replication.so',
    `group_replication_group_name=${group}`,
    `group_replication_local_address=127.0.0.1:${groupPort}`,
    `group_replication_group_seeds=${nodes.map((one) => `127.0.0.1:${one.groupPort}`).join()}`,
    'group_replication_start_on_boot=OFF',
    // A member that doesn't answer is suspected after five seconds, which is fixed, and then expelled at once. Until then, nothing is committed anywhere.
    'group_replication_member_expel_timeout=0',
    // A member that was expelled, or could not join, ends and is started again.
    'group_replication_autorejoin_tries=0',
    'group_replication_exit_state_action=ABORT_SERVER',
    ...(tls === null
      ? ['sync_binlog=0']
      : [
          'group_replication_ssl_mode=REQUIRED',
          'group_replication_recovery_use_ssl=ON',
          `group_replication_recovery_ssl_ca=${tls.ca}`,
          `group_replication_recovery_ssl_cert=${tls.certificate}`,
          `group_replication_recovery_ssl_key=${tls.key}`,
        ]),
    '',
  ].join('\n');
}
