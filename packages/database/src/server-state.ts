import type { Connection } from './connection.ts';
import type { DatabaseError } from './errors.ts';

/** How a server takes writes: not at all; as a Galera node that copies its data to another one, more slowly; or as usual. */
type Rank = 0 | 1 | 2;

/** One server among several, as it describes itself. */
export interface ServerState {
  readonly rank: Rank;
  readonly kind: 'single' | 'galera' | 'group';
  /** The same for all servers that share their writes; null if it can't say. */
  readonly cluster: string | null;
  /** Why it takes no writes. */
  readonly reason: string | null;
  /** Whether a read there can wait for everything that the writer had committed before. */
  readonly canCatchUp: boolean;
}

type Variables = ReadonlyMap<string, string>;

/** A member of a MySQL group, as it sees itself, and how many members of the group it reaches. */
interface Membership {
  state: string;
  role: string;
  members: number | bigint;
  reached: number | bigint;
}

// SHOW and not SELECT, because a Galera node outside its cluster's majority refuses to SELECT.
const VARIABLES = `SHOW GLOBAL VARIABLES WHERE Variable_name IN ('read_only', 'super_read_only', 'innodb_read_only',
  'wsrep_on', 'wsrep_reject_queries', 'group_replication_group_name', 'server_uuid', 'server_uid')`;
const STATUS = "SHOW GLOBAL STATUS LIKE 'wsrep\\_%'";
const MEMBERSHIP = `SELECT me.MEMBER_STATE AS state, me.MEMBER_ROLE AS role, COUNT(*) AS members,
    SUM(everyone.MEMBER_STATE IN ('ONLINE', 'RECOVERING')) AS reached
  FROM performance_schema.replication_group_members AS me JOIN performance_schema.replication_group_members AS everyone
  WHERE me.MEMBER_ID = @@server_uuid GROUP BY me.MEMBER_STATE, me.MEMBER_ROLE`;

/**
 * Asks a server about its state, in one round trip; a second one only for a member of a MySQL group.
 * @param connection one with `pipelines`
 */
export async function askState(connection: Connection, withinMs: number): Promise<ServerState> {
  const [variables, status] = (await connection.send(`${VARIABLES};\n${STATUS}`, withinMs)) as Row[][];
  const given = new Map([...named(variables), ...named(status)]);
  const group = given.get('group_replication_group_name') ?? '';
  return readState(given, group === '' ? null : await askMembership(connection, withinMs));
}

interface Row {
  Variable_name: string;
  Value: string;
}

function named(rows: readonly Row[] = []): [string, string][] {
  return rows.map((row) => [row.Variable_name.toLowerCase(), row.Value]);
}

const TABLE_ACCESS_DENIED = 1142;

/** @returns undefined if this user may not read it: then `super_read_only` decides, which a group sets on all members but its writer */
async function askMembership(
  connection: Connection,
  withinMs: number,
): Promise<Membership | null | undefined> {
  try {
    const [row = null] = (await connection.send(MEMBERSHIP, withinMs)) as Membership[];
    return row;
  } catch (error) {
    if ((error as DatabaseError).errno === TABLE_ACCESS_DENIED) return undefined;
    throw error;
  }
}

/** @param membership null for a server that is in no group, undefined if it isn't known */
export function readState(given: Variables, membership: Membership | null | undefined): ServerState {
  const readOnly = ['read_only', 'super_read_only', 'innodb_read_only'].find(
    (name) => given.has(name) && !isWritable(given.get(name)),
  );
  const group = given.get('group_replication_group_name') ?? '';
  if (given.get('wsrep_on') === 'ON') return galeraState(given, readOnly);
  const fault = readOnly === undefined ? null : `${readOnly} is on`;
  // The same server may have several names.
  const own = given.get('server_uuid') ?? given.get('server_uid') ?? null;
  if (group === '') return stateOf({ kind: 'single', cluster: own }, fault);
  return stateOf({ kind: 'group', cluster: group }, fault ?? membershipFault(membership));
}

function membershipFault(membership: Membership | null | undefined): string | null {
  if (membership === undefined) return null;
  if (membership === null) return 'it is in no group';
  if (membership.state !== 'ONLINE') return `it is ${membership.state} in its group`;
  if (membership.role !== 'PRIMARY') return 'it is a secondary of its group';
  return Number(membership.reached) * 2 > Number(membership.members) ? null : 'its group has no majority';
}

const SYNCED = '4';
const DONOR = '2';

function galeraState(given: Variables, readOnly: string | undefined): ServerState {
  const cluster = given.get('wsrep_cluster_state_uuid') ?? '';
  const local = given.get('wsrep_local_state') ?? '';
  const place = { kind: 'galera', cluster } as const;
  if (given.get('wsrep_cluster_status') !== 'Primary')
    return stateOf(place, 'it is outside the majority of its cluster');
  if (given.get('wsrep_ready') !== 'ON') return stateOf(place, 'its wsrep is not ready');
  if (local !== SYNCED && local !== DONOR) return stateOf(place, `its wsrep state is ${local}`);
  if ((given.get('wsrep_reject_queries') ?? 'NONE') !== 'NONE') return stateOf(place, 'it rejects queries');
  const state = stateOf(place, readOnly === undefined ? null : `${readOnly} is on`, local === DONOR ? 1 : 2);
  // A synced node holds its cluster back before it has more to apply than some transactions, so the wait is short.
  return { ...state, canCatchUp: local === SYNCED };
}

function stateOf(
  place: Pick<ServerState, 'kind' | 'cluster'>,
  fault: string | null,
  rank: Rank = 2,
): ServerState {
  return { ...place, rank: fault === null ? rank : 0, reason: fault, canCatchUp: false };
}

/** @param readOnly the server's `read_only`: 0 or 1, or since MariaDB 12 a word, such as OFF or NO_LOCK */
export function isWritable(readOnly: unknown): boolean {
  return readOnly === 0 || readOnly === 0n || readOnly === '0' || readOnly === 'OFF';
}
