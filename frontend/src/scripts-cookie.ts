/** Set by a script on every page of a user, for an hour: pages need not count what the script counts. It is a hint, and decides nothing else. */
export const SCRIPTS_COOKIE = 'guichet-scripts';
