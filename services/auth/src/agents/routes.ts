import { LANGUAGES } from '@guichet/contract';
import { created, type Route, route, token } from '@guichet/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { Email, PasswordInput, PersonName, Username } from '../users/rules.ts';
import { UserView, viewUser } from '../users/views.ts';
import { createAgent } from './create-agent.ts';

const NewAgent = z.strictObject({
  username: Username,
  email: Email,
  password: PasswordInput.nullish(),
  first_name: PersonName.nullish(),
  last_name: PersonName.nullish(),
  language: z.enum(LANGUAGES).nullish(),
});

export function agentRoutes(deps: Deps): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/auth/agents',
      summary: 'Create an agent',
      access: token({ scope: 'agents:manage' }),
      body: NewAgent,
      replies: { 201: UserView },
      refusals: [refuse.username_taken, refuse.email_taken, refuse.password_too_weak],
      handle: async (request) => {
        const { password = null, first_name = null, last_name = null, language, ...rest } = request.body;
        const person = { ...rest, password, first_name, last_name, language: language ?? 'en' } as const;
        return created(viewUser(await createAgent(deps, request.caller, person, request)));
      },
    }),
  ];
}
