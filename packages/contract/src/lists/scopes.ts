import type { Role } from './users.ts';

export const SCOPES = [
  'profile',
  'accounts:read',
  'operations:write',
  'operations:decide',
  'users:manage',
  'agents:manage',
  'logs:read',
] as const;
export type Scope = (typeof SCOPES)[number];

const SCOPES_OF_ROLE: Readonly<Record<Role, readonly Scope[]>> = {
  member: ['profile', 'accounts:read', 'operations:write', 'logs:read'],
  agent: ['profile', 'accounts:read', 'operations:decide', 'users:manage', 'logs:read'],
  superuser: ['profile', 'users:manage', 'agents:manage', 'logs:read'],
};

/** Every scope that a user of this role may have; a token carries these or fewer. */
export function scopesOf(role: Role): readonly Scope[] {
  return SCOPES_OF_ROLE[role];
}
