import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { launchChromium } from '@guichet/testing/chromium';
import { type RunningBank, startBank } from '@guichet/tools';
import test from 'ava';
import { execaNode } from 'execa';
import openapiTypescript, { astToString } from 'openapi-typescript';
import type { Browser } from 'playwright-core';
import { signIn, visit } from './browser.ts';
import { newAgent, newMember, openAccount, superuserOf } from './people.ts';
import type { Person } from './person.ts';

const EXAMPLES = join(import.meta.dirname, '../examples');

let bank: RunningBank;
let browser: Browser;
let agent: Person;
let member: Person;

test.before(async () => {
  bank = await startBank();
  browser = await launchChromium();
  agent = await newAgent(await superuserOf(bank), 'agent');
  member = await newMember(agent, 'member');
  await openAccount(member, agent, { name: 'Everyday' });
});
test.after.always(async () => {
  await browser?.close();
  await bank?.stop();
});

test.serial('types generated from the OpenAPI documents fit a client that works', async (t) => {
  await mkdir(join(EXAMPLES, 'types'), { recursive: true });
  for (const name of ['auth', 'accounts', 'logs']) {
    const types = await openapiTypescript(new URL(`${bank.url}/api/${name}/openapi.json`));
    await writeFile(join(EXAMPLES, 'types', `${name}.d.ts`), astToString(types));
  }
  const compiler = join(import.meta.dirname, '../../node_modules/typescript/bin/tsc');
  const compiled = await execaNode(compiler, ['--project', EXAMPLES], { reject: false, all: true });
  t.is(compiled.exitCode, 0, compiled.all);
  const { requestDeposit } = await import(String(new URL('../examples/api-client.ts', import.meta.url)));
  const operation = await requestDeposit(bank.url, member, 4_200);
  const found = await member.get(`/api/operations/${operation.id}`);
  t.deepEqual([found.body.type, found.body.amount, found.body.status], ['deposit', 4_200, 'pending']);
  await t.throwsAsync(requestDeposit(bank.url, { ...member, password: 'wrong one entirely' }, 1));
});

test.serial(
  'a developer tries a route on the page with their own token, which is kept nowhere',
  async (t) => {
    const { body } = await member.post('/api/auth/tokens', {
      name: 'Try it',
      scopes: ['accounts:read'],
      expires_in_days: 1,
      password: member.password,
    });
    const visitor = await visit(browser, bank.url);
    await signIn(visitor, member);
    const { page, consoleErrors } = visitor;
    await page.goto('/developers');
    t.regex(await page.locator('section[aria-labelledby=try]').innerText(), /Try it[\s\S]*accounts:read/);
    const route = page.locator('details[data-method=GET][data-path="/api/accounts"]');
    await route.locator('summary').click();
    const refused = page.waitForRequest('**/api/accounts*');
    await route.getByRole('button', { name: 'Send' }).click();
    t.is((await refused).headers().cookie, undefined, 'no cookie goes to the API');
    await route.locator('[data-try-status]').filter({ hasText: /^401/ }).waitFor();
    await page.fill('[data-try-token]', body.token);
    await route.locator('input[name=limit]').fill('1');
    await route.getByRole('button', { name: 'Send' }).click();
    await route.locator('[data-try-status]').filter({ hasText: /^200/ }).waitFor();
    t.regex(await route.locator('[data-try-answer]').innerText(), /"name": "Everyday"/);
    const stored = JSON.stringify(await page.evaluate('[{ ...localStorage }, { ...sessionStorage }]'));
    t.false(stored.includes(body.token));

    const operations = page.locator('details[data-method=POST][data-path="/api/operations"]');
    await operations.locator('summary').click();
    t.regex(await operations.innerText(), /deposit[\s\S]*withdrawal[\s\S]*external_transfer/);
    await operations.getByRole('button', { name: 'Send' }).click();
    await operations.locator('[data-try-status]').filter({ hasText: /^403/ }).waitFor();
    t.deepEqual(
      consoleErrors.filter((error) => !/401|403/.test(error)),
      [],
    );
  },
);
