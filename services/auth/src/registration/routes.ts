import { Registration, UserView } from '@guichet/contract/auth';
import { problems } from '@guichet/errors';
import { created, open, type Route, route } from '@guichet/http';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { viewUser } from '../users/views.ts';
import { registerUser } from './register-user.ts';

export function registrationRoutes(deps: Deps): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/auth/register',
      summary: 'Register as a member',
      access: open(),
      body: Registration,
      replies: { 201: UserView },
      refusals: [refuse.username_taken, refuse.password_too_weak, problems.too_many_requests],
      handle: async (request) => {
        const { first_name = null, last_name = null, language, ...rest } = request.body;
        const person = { ...rest, first_name, last_name, language: language ?? 'en' } as const;
        return created(viewUser(await registerUser(deps, person, request)));
      },
    }),
  ];
}
