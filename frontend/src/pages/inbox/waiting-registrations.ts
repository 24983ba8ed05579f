/** The registrations that wait for an agent, for auth's list of users, with their number. */
export const WAITING_REGISTRATIONS = { role: 'member', status: 'pending', total: true } as const;
