import { LANGUAGES, type Role, STAFF_ROLES } from '@guichet/contract';
import { INVITATION_DAYS, type User } from '@guichet/contract/auth';
import type { PageContext } from '../../request-context.ts';
import { finishForm, refuseForm } from '../drafts.ts';
import {
  choice,
  emailError,
  type FormProblem,
  type FormView,
  field,
  missingFields,
  openForm,
  rawField,
} from '../form.ts';
import { idParam } from '../ids.ts';
import type { ListName } from '../lists/filters.ts';
import { openList } from '../lists/open-list.ts';
import { asRefusal, currentUser, redirectTo, refusalNotice, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import { settle } from '../settle.ts';
import { loadFirstSteps } from './first-steps.ts';
import { findPerson, loadActivity, loadBanking } from './load-person.ts';
import { loadNotes } from './note-routes.ts';

const ACTIONS = ['activate', 'verify-name', 'second-factor', 'deactivate', 'reject', 'delete'] as const;
type Action = (typeof ACTIONS)[number];

/** Agents manage members, superusers manage the staff. */
const SECTIONS = [
  { base: '/customers', list: 'customers', people: 'member', roles: ['member'], readers: STAFF_ROLES },
  { base: '/agents', list: 'agents', people: 'staff', roles: STAFF_ROLES, readers: ['superuser'] },
] as const satisfies {
  base: string;
  list: ListName;
  /** Their name in the API's filter for the role; their texts are under it in `people`. */
  people: Role | 'staff';
  roles: readonly Role[];
  readers: readonly Role[];
}[];

/** Lists customers and staff, shows one, and performs actions on them. */
export function peoplePages() {
  const router = pageRouter();

  router.get('/agents/new', requireRole('superuser'), (ctx) =>
    showNewAgent(ctx, openForm(ctx, '/agents/new')),
  );

  router.post('/agents/new', requireRole('superuser'), async (ctx) => {
    const errors = { ...missingFields(ctx, 'username', 'email'), ...emailError(ctx) };
    const refuse = (problem: FormProblem) => refuseForm(ctx, problem, (form) => showNewAgent(ctx, form));
    if (Object.keys(errors).length > 0) return refuse({ errors });
    const password = rawField(ctx, 'password');
    try {
      const agent = await ctx.state.api.auth.createAgent({
        username: field(ctx, 'username'),
        email: field(ctx, 'email'),
        ...(password === '' ? {} : { password }),
        first_name: field(ctx, 'first_name') || undefined,
        last_name: field(ctx, 'last_name') || undefined,
        language: choice(ctx, 'language', LANGUAGES) ?? 'en',
        role: choice(ctx, 'role', STAFF_ROLES) ?? 'agent',
      });
      const key = agent.status === 'active' ? 'notices.agent_created' : 'notices.agent_invited';
      await finishForm(ctx, '/agents', {
        kind: 'success',
        key,
        values: { name: agent.username, email: agent.email },
      });
    } catch (error) {
      const fieldOf = {
        'code:username_taken': 'username',
        'code:email_taken': 'email',
        'code:password_too_weak': 'password',
      };
      await refuse({ refusal: asRefusal(error), fieldOf });
    }
  });

  router.post('/agents/:id/invite', requireRole('superuser'), async (ctx) => {
    const id = idParam(ctx);
    const back = field(ctx, 'shown_on') === 'agent' ? `/agents/${id}` : '/agents';
    try {
      const { username: name, email } = await ctx.state.api.auth.inviteAgain(id);
      const values = { name, email, count: INVITATION_DAYS };
      redirectTo(ctx, back, { kind: 'success', key: 'notices.invitation_sent', values });
    } catch (error) {
      const refusal = asRefusal(error);
      const isAccepted = refusal.code === 'not_pending';
      redirectTo(
        ctx,
        back,
        isAccepted ? { kind: 'refusal', key: 'people.invitation_over' } : refusalNotice(refusal),
      );
    }
  });

  for (const { base, list: name, people, roles, readers } of SECTIONS) {
    router.get(base, requireRole(...readers), async (ctx) => {
      const list = openList(ctx, name);
      const { values, cursor, limit } = list;
      const page = await ctx.state.api.auth.users({ role: people, limit, ...values, cursor });
      const isFront = people === 'staff' && cursor === undefined && Object.keys(values).length === 0;
      render(ctx, 'people.njk', {
        base,
        section: people,
        people: page.items,
        now: new Date().toISOString(),
        firstSteps: isFront ? await loadFirstSteps(ctx) : null,
        list,
        nextPage: list.nextHref(page.next),
      });
    });

    router.get(`${base}/:id`, requireRole(...readers), async (ctx) => {
      const id = idParam(ctx);
      const user = currentUser(ctx);
      const isAgent = user.role === 'agent';
      const [person, banking, notes, activity] = await Promise.all([
        // While auth is down, an agent still sees the customer's accounts and requests.
        isAgent ? settle(ctx, 'customer', findPerson(ctx, roles)) : findPerson(ctx, roles),
        isAgent ? loadBanking(ctx, id) : null,
        people === 'member' ? loadNotes(ctx, id) : null,
        loadActivity(ctx, id),
      ]);
      render(ctx, 'person.njk', {
        base,
        section: people,
        person: person ?? unknownPerson(id, banking?.accounts?.[0]?.owner_name),
        actions: person === null || person.id === user.id ? [] : actionsFor(person, user.role),
        nameIsVerified: person === null || nameIsVerified(person),
        banking,
        notes,
        activity,
        now: new Date().toISOString(),
      });
    });

    for (const action of ACTIONS) {
      router.get(`${base}/:id/${action}`, requireRole(...readers), async (ctx) => {
        const form = openForm(ctx, ctx.path);
        render(ctx, 'person-confirm.njk', { base, action, person: await findPerson(ctx, roles), form });
      });

      router.post(`${base}/:id/${action}`, requireRole(...readers), async (ctx) => {
        const person = await findPerson(ctx, roles);
        try {
          await performAction(ctx, person.id, action);
          const back = action === 'delete' ? base : `${base}/${person.id}`;
          const values = { name: person.username };
          await finishForm(ctx, back, {
            kind: 'success',
            key: `notices.user_${action.replace('-', '_')}`,
            values,
          });
        } catch (error) {
          await refuseForm(ctx, { refusal: asRefusal(error) }, (form) =>
            render(ctx, 'person-confirm.njk', { base, action, person, form }),
          );
        }
      });
    }
  }

  return router;
}

/** What the page shows of a customer while auth is down. */
function unknownPerson(id: string, name = id) {
  return { id, username: name, role: 'member', status: null, email: null };
}

function showNewAgent(ctx: PageContext, form: FormView): void {
  render(ctx, 'agent-new.njk', { form });
}

async function performAction(ctx: PageContext, id: string, action: Action): Promise<void> {
  const { auth } = ctx.state.api;
  const shown = { first_name: field(ctx, 'first_name') || null, last_name: field(ctx, 'last_name') || null };
  if (action === 'delete') await auth.deleteUser(id);
  else if (action === 'second-factor') await auth.resetSecondFactor(id);
  else if (action === 'verify-name') await auth.verifyName(id, shown);
  else if (action === 'activate') await auth.activateUser(id, shown);
  else await auth.changeUserStatus(id, action, field(ctx, 'reason') || undefined);
}

function actionsFor(person: User, by: Role): Action[] {
  // An invitation is accepted with its link, which sets the password.
  if (person.invitation_expires_at !== null) return ['delete'];
  if (person.status === 'pending') return ['activate', 'reject', 'delete'];
  if (person.status !== 'active') return ['activate', 'delete'];
  const verifies = by === 'agent' && person.role === 'member' && !nameIsVerified(person);
  return [
    ...(verifies ? (['verify-name'] as const) : []),
    ...(person.totp_enabled || person.passkeys > 0 ? (['second-factor'] as const) : []),
    'deactivate',
    'delete',
  ];
}

function nameIsVerified({ first_name, last_name, verified_name: verified }: User): boolean {
  return first_name === (verified?.first_name ?? null) && last_name === (verified?.last_name ?? null);
}
