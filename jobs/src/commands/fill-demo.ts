import { bankTimeZone } from '@guichet/calendar';
import { readSettings } from '@guichet/config';
import { z } from 'zod';
import { readBank, waitUntilReady } from '../bank-at.ts';
import { ApiClient, ApiRefusal } from '../demo/client.ts';
import { fillDemo } from '../demo/fill.ts';
import type { Logins } from '../demo/logins.ts';
import { AGENTS, MEMBERS, passwordOf } from '../demo/people.ts';

// Adds the demo users and their operations, all dated today, to a running bank and prints the logins. If they exist already, it only
// prints the logins.
const bank = readBank();
const { DEMO_SEED: seed, BANK_TIME_ZONE: zone } = readSettings({
  DEMO_SEED: z.string(),
  BANK_TIME_ZONE: bankTimeZone,
});

const loginOf = (person: { username: string }) => ({
  username: person.username,
  password: passwordOf(person, seed),
});
const logins: Logins = {
  superuser: bank.superuser,
  agents: Object.values(AGENTS).map(loginOf),
  members: Object.values(MEMBERS).map(loginOf),
};

await waitUntilReady(bank);
if (await hasDemoUsers()) console.log('The demo users exist already.');
else await fillDemo({ url: bank.origin, secrets: { demo: seed }, zone, control: null }, logins, console.log);
console.log('\nSign in as');
for (const { username, password } of [...logins.agents, ...logins.members]) {
  console.log(`  ${username.padEnd(18)} ${password}`);
}

/** Whether the first agent can sign in: agents are created before everything else. */
async function hasDemoUsers(): Promise<boolean> {
  try {
    const client = await ApiClient.signedIn(bank.origin, loginOf(AGENTS.claire));
    await client.post('/api/auth/logout');
    return true;
  } catch (error) {
    if (error instanceof ApiRefusal && error.code === 'invalid_credentials') return false;
    throw error;
  }
}
