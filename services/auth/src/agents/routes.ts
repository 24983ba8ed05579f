import { IdParams } from '@guichet/contract';
import { NewAgent, UserView } from '@guichet/contract/auth';
import { problems } from '@guichet/errors';
import { created, ok, type Route, route, token } from '@guichet/http';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { viewUser } from '../users/views.ts';
import { createAgent } from './create-agent.ts';
import { inviteAgain } from './invite-again.ts';

export function agentRoutes(deps: Deps): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/auth/agents',
      summary: 'Create an agent or a superuser',
      access: token({ scope: 'agents:manage' }),
      body: NewAgent,
      replies: { 201: UserView },
      refusals: [refuse.username_taken, refuse.email_taken, refuse.password_too_weak],
      handle: async (request) => {
        const { password = null, first_name = null, last_name = null, ...rest } = request.body;
        const { role, language } = { role: rest.role ?? 'agent', language: rest.language ?? 'en' } as const;
        const person = { ...rest, password, first_name, last_name, role, language };
        return created(viewUser(await createAgent(deps, request.caller, person, request)));
      },
    }),
    route({
      method: 'POST',
      path: '/api/auth/agents/:id/invite',
      summary: 'Send the invitation of an agent or a superuser again',
      access: token({ scope: 'agents:manage' }),
      params: IdParams,
      replies: { 200: UserView },
      refusals: [refuse.not_pending, problems.too_many_requests],
      handle: async (request) =>
        ok(viewUser(await inviteAgain(deps, request.caller, request.params.id, request))),
    }),
  ];
}
