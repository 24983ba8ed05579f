import { readFile } from 'node:fs/promises';
import test from 'ava';
import { readCatalogs } from './log-page.ts';
import { LOG_WORDS, logWords } from './log-words.ts';

test('the words by which the log finds what the pages show are up to date', async (t) => {
  t.is(await readFile(LOG_WORDS, 'utf8'), logWords(await readCatalogs()), 'run npm run log-actions');
});

test('an action has the words of its own sentences, for each reader', async (t) => {
  const { actions, kinds, refusals, mails } = JSON.parse(logWords(await readCatalogs()));
  t.regex(actions.TRANSFER_REQUESTED.staff, /\btransfer\b.*\brequested\b/i);
  t.regex(actions.TRANSFER_REQUESTED.staff, /\bvirement\b/i);
  t.regex(actions.LOGIN_FAILED.member, /\bSomeone\b/);
  t.notRegex(actions.LOGIN.member, /\bSomeone\b/, 'LOGIN_FAILED is another action');
  t.notRegex(actions.LOGIN.staff, /\bYou\b/);
  t.regex(kinds.external_transfer.member, /\bvirement\b/);
  t.regex(refusals.insufficient_funds, /insuffisant/);
  t.regex(mails.password_changed, /\bpassword\b/);
});
