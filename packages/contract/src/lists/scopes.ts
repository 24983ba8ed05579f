import type { Role } from './users.ts';

export const SCOPES = [
  'profile',
  'accounts:read',
  'operations:write',
  'operations:decide',
  'payments:manage',
  'users:manage',
  'agents:manage',
  'products:manage',
  'logs:read',
  'webhooks:manage',
] as const;
export type Scope = (typeof SCOPES)[number];

const SCOPES_OF_ROLE: Readonly<Record<Role, readonly Scope[]>> = {
  member: ['profile', 'accounts:read', 'operations:write', 'logs:read', 'webhooks:manage'],
  agent: [
    'profile',
    'accounts:read',
    'operations:decide',
    'payments:manage',
    'users:manage',
    'logs:read',
    'webhooks:manage',
  ],
  superuser: ['profile', 'users:manage', 'agents:manage', 'products:manage', 'logs:read'],
};

/** Every scope that a user of this role may have; a token carries these or fewer. */
export function scopesOf(role: Role): readonly Scope[] {
  return SCOPES_OF_ROLE[role];
}
