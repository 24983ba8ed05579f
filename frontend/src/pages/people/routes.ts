import { problems } from '@guichet/errors';
import type { Role, User } from '../../clients/auth.ts';
import type { PageContext } from '../../visit.ts';
import { nextHref, readFilters } from '../filters.ts';
import { emptyForm, formAgain, malformedEmail, missing, secret, text } from '../form.ts';
import { idParam } from '../ids.ts';
import { asRefusal, goTo, only, reader, show } from '../page.ts';
import { pageRouter } from '../router.ts';

const ACTIONS = ['activate', 'verify-name', 'second-factor', 'deactivate', 'reject', 'delete'] as const;
type Action = (typeof ACTIONS)[number];

/** Where people of a role are kept: members are the agents' care, agents the superuser's. */
const PLACES = [
  { base: '/customers', role: 'member', readers: ['agent', 'superuser'] },
  { base: '/agents', role: 'agent', readers: ['superuser'] },
] as const satisfies { base: string; role: Role; readers: Role[] }[];

/** The bank's customers and its agents: finding them, looking at one, and what may be done to them. */
export function peoplePages() {
  const router = pageRouter();

  router.get('/agents/new', only('superuser'), (ctx) => show(ctx, 'agent-new.njk', { form: emptyForm() }));

  router.post('/agents/new', only('superuser'), async (ctx) => {
    const errors = { ...missing(ctx, 'username', 'email'), ...malformedEmail(ctx) };
    if (Object.keys(errors).length > 0)
      return show(ctx, 'agent-new.njk', { form: formAgain(ctx, { errors }) });
    const password = secret(ctx, 'password');
    try {
      const agent = await ctx.state.api.auth.createAgent({
        username: text(ctx, 'username'),
        email: text(ctx, 'email'),
        ...(password === '' ? {} : { password }),
        first_name: text(ctx, 'first_name') || undefined,
        last_name: text(ctx, 'last_name') || undefined,
        language: text(ctx, 'language') === 'fr' ? 'fr' : 'en',
      });
      const key = agent.status === 'active' ? 'notices.agent_created' : 'notices.agent_invited';
      goTo(ctx, '/agents', { kind: 'success', key, values: { name: agent.username, email: agent.email } });
    } catch (error) {
      const fields = {
        'code:username_taken': 'username',
        'code:email_taken': 'email',
        'code:password_too_weak': 'password',
      };
      show(ctx, 'agent-new.njk', { form: formAgain(ctx, { refusal: asRefusal(error) }, fields) });
    }
  });

  for (const { base, role, readers } of PLACES) {
    router.get(base, only(...readers), async (ctx) => {
      const filters = readFilters(ctx, 'q', 'status', 'cursor');
      const page = await ctx.state.api.auth.users({ role, limit: 50, ...filters });
      const nextPage = nextHref(base, filters, page.next);
      show(ctx, 'people.njk', { base, role, people: page.items, filters, nextPage });
    });

    router.get(`${base}/:id`, only(...readers), async (ctx) => {
      const person = await findPerson(ctx, role);
      const isAgent = reader(ctx).role === 'agent';
      const { accounts, logging } = ctx.state.api;
      const [owned, asked, log] = await Promise.all([
        isAgent ? accounts.list({ owner: person.id, limit: 100 }) : null,
        isAgent ? accounts.operations({ requester: person.id, limit: 20 }) : null,
        logging.entries({ user: person.id, limit: 20 }).catch(() => null),
      ]);
      show(ctx, 'person.njk', {
        base,
        person,
        actions: actionsFor(person, reader(ctx).role),
        nameIsVerified: nameIsVerified(person),
        accounts: owned?.items ?? null,
        operations: asked?.items ?? null,
        log: log?.items ?? null,
      });
    });

    for (const action of ACTIONS) {
      router.get(`${base}/:id/${action}`, only(...readers), async (ctx) => {
        show(ctx, 'person-confirm.njk', {
          base,
          action,
          person: await findPerson(ctx, role),
          form: emptyForm(),
        });
      });

      router.post(`${base}/:id/${action}`, only(...readers), async (ctx) => {
        const person = await findPerson(ctx, role);
        try {
          await doAction(ctx, person.id, action);
          const back = action === 'delete' ? base : `${base}/${person.id}`;
          const values = { name: person.username };
          goTo(ctx, back, { kind: 'success', key: `notices.user_${action.replace('-', '_')}`, values });
        } catch (error) {
          const form = formAgain(ctx, { refusal: asRefusal(error) });
          show(ctx, 'person-confirm.njk', { base, action, person, form });
        }
      });
    }
  }

  return router;
}

async function findPerson(ctx: PageContext, role: Role): Promise<User> {
  const person = await ctx.state.api.auth.user(idParam(ctx));
  if (person.role !== role) throw problems.not_found();
  return person;
}

async function doAction(ctx: PageContext, id: string, action: Action): Promise<void> {
  const { auth } = ctx.state.api;
  const shown = { first_name: text(ctx, 'first_name') || null, last_name: text(ctx, 'last_name') || null };
  if (action === 'delete') await auth.deleteUser(id);
  else if (action === 'second-factor') await auth.resetSecondFactor(id);
  else if (action === 'verify-name') await auth.verifyName(id, shown);
  else if (action === 'activate') await auth.activateUser(id, shown);
  else await auth.doToUser(id, action, text(ctx, 'reason') || undefined);
}

function actionsFor(person: User, by: Role): Action[] {
  if (person.status === 'pending') return ['activate', 'reject', 'delete'];
  if (person.status !== 'active') return ['activate', 'delete'];
  const verifies = by === 'agent' && person.role === 'member' && !nameIsVerified(person);
  return [
    ...(verifies ? (['verify-name'] as const) : []),
    ...(person.totp_enabled ? (['second-factor'] as const) : []),
    'deactivate',
    'delete',
  ];
}

function nameIsVerified({ first_name, last_name, verified_name: verified }: User): boolean {
  return first_name === (verified?.first_name ?? null) && last_name === (verified?.last_name ?? null);
}
