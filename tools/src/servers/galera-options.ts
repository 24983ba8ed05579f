/** Lines for the configuration of every Galera node, on this machine and in the chart. */
export const GALERA_SERVER_OPTIONS = [
  'binlog_format=ROW',
  // Galera counts as a binary log, with which only a user with SUPER could otherwise create triggers.
  'log_bin_trust_function_creators=ON',
  'innodb_autoinc_lock_mode=2',
  'wsrep_on=ON',
  'wsrep_sst_method=mariabackup',
] as const;

/** How fast a node that doesn't answer is left out: after a second and a half. Until then, nothing is committed anywhere. */
export const GALERA_PROVIDER_OPTIONS = {
  'evs.keepalive_period': 'PT0.3S',
  'evs.inactive_check_period': 'PT0.25S',
  'evs.suspect_timeout': 'PT1.5S',
  'evs.inactive_timeout': 'PT4S',
} as const;
