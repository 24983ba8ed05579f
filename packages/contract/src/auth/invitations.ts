/** How long the link in an agent's invitation works. */
export const INVITATION_DAYS = 7;
