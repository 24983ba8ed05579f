/** The languages that pages, mails and documents are written in. */
export const LANGUAGES = ['en', 'fr'] as const;
export type Language = (typeof LANGUAGES)[number];

export const ROLES = ['member', 'agent', 'superuser'] as const;
export type Role = (typeof ROLES)[number];

/** The roles of those who work for the bank. */
export const STAFF_ROLES = ['agent', 'superuser'] as const satisfies Role[];
export type StaffRole = (typeof STAFF_ROLES)[number];

/** The statuses of a user whom the bank knows. */
export const USER_STATUSES = ['pending', 'active', 'deactivated', 'rejected'] as const;
/** `deleted`: the personal data is deleted, and only the id remains. */
export type UserStatus = (typeof USER_STATUSES)[number] | 'deleted';

/**
 * The bank itself, as the requester of what came without a user, such as a file in its folder. It isn't a user: auth can't make this id, and its name, like that of
 * a deleted user, is in a form that cannot be registered.
 */
export const THE_BANK = { id: '00000000-0000-7000-8000-000000000000', username: 'bank:itself' } as const;

/** Replaces the username of a deleted user, in a form that cannot be registered. */
export function tombstoneName(userId: string): string {
  return `deleted:${userId.replaceAll('-', '').slice(-20)}`;
}
