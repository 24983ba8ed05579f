import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureCertificates } from '@guichet/jobs/certificates/certificate-files';
import { issueCertificate } from '@guichet/jobs/certificates/issue-certificate';
import { Person } from '../../person.ts';
import type { Drill } from '../drill.ts';
import { untilReady, type World } from '../world.ts';

/** Gives the mailer a certificate of so few days. @returns what the job that renews certificates does */
async function shortenCertificate({ bank }: World, days: number) {
  const tls = join(bank.folder, 'tls');
  const ca = join(tls, 'ca');
  const read = (file: string) => readFile(join(ca, file), 'utf8');
  const authority = { ca: await read('ca.crt'), cert: await read('tls.crt'), key: await read('tls.key') };
  const request = {
    commonName: 'mailer',
    dnsNames: ['mailer', 'localhost'],
    ipAddresses: ['127.0.0.1', '::1'],
    days,
  };
  const issued = await issueCertificate(authority, request, new Date());
  const own = join(tls, 'mailer');
  await rm(join(own, 'tls.crt'));
  await writeFile(join(own, 'tls.key'), issued.key, { mode: 0o600 });
  await writeFile(join(own, 'tls.crt'), issued.cert, { mode: 0o600 });
  return () => ensureCertificates(tls);
}

function certificateDrill(days: number, severity: string): Drill {
  return {
    fault: `The mailer’s certificate expires in ${days === 1 ? 'a day' : `${days} days`}`,
    alerts: [`GuichetCertificateExpires ${severity}`],
    withinMs: 180_000,
    provoke: (world) => shortenCertificate(world, days),
    repair: 'the job that renews certificates runs (here: its function)',
  };
}

export const IDENTITY_DRILLS: readonly Drill[] = [
  {
    fault: 'The signing key is 40 days old, and the next one too new to sign',
    alerts: ['GuichetSigningKeyTooOld warning'],
    withinMs: 120_000,
    async provoke({ bank, runbooks }) {
      await runbooks.sql(`UPDATE guichet_auth.signing_keys SET created_at = NOW(3) WHERE state = 'published';
        UPDATE guichet_auth.signing_keys SET signing_since = signing_since - INTERVAL 40 DAY WHERE state = 'signing'`);
      await bank.halt('auth');
      bank.start('auth');
      await untilReady(bank, 'auth');
      return () =>
        runbooks.sql(
          "UPDATE guichet_auth.signing_keys SET created_at = created_at - INTERVAL 2 DAY WHERE state = 'published'",
        );
    },
    repair: 'the time has come that the first command names (the next key is dated back)',
    async follow({ runbooks }, undo) {
      await runbooks.run('signing-key-too-old', 'FROM guichet_auth.signing_keys');
      const early = await runbooks.run('signing-key-too-old', 'guichet-admin keys rotate');
      if (!/can sign from/.test(early.output)) throw new Error(early.output);
      await undo();
      const rotated = await runbooks.run('signing-key-too-old', 'guichet-admin keys rotate');
      if (rotated.exitCode !== 0) throw new Error(rotated.output);
    },
  },
  {
    fault: 'Wrong passwords for ten usernames, five a second',
    alerts: ['GuichetSignInsFail warning'],
    withinMs: 90_000,
    async provoke({ bank }) {
      let isOpen = true;
      const trying = (async () => {
        for (let count = 0; isOpen; count += 1) {
          const guesser = new Person(bank.url, `guessed${count % 10}`, 'A wrong password 1');
          await guesser.logIn().catch(() => null);
          await sleep(200);
        }
      })();
      return async () => {
        isOpen = false;
        await trying;
      };
    },
    repair: 'the network that guesses is blocked at the ingress',
    async follow({ runbooks }, undo) {
      const found = await runbooks.run('sign-ins-fail', "action = 'LOGIN_FAILED'");
      if (!/user_agent/.test(found.output)) throw new Error(found.output);
      await undo();
    },
  },
  {
    fault: 'A refresh token is used twice, eleven seconds apart',
    alerts: ['GuichetSessionStolen warning'],
    async provoke({ bank, members }) {
      const [member] = members.slice(-1);
      const thief = new Person(bank.url, member?.person.username ?? '', member?.person.password ?? '');
      await thief.logIn();
      const refresh = () => thief.post('/api/auth/refresh', { refresh_token: thief.tokens?.refresh });
      await refresh();
      await sleep(11_000);
      await refresh();
      return async () => undefined;
    },
    repair: '',
    async follow({ runbooks, members }) {
      await runbooks.run('session-stolen', "action = 'SESSION_REVOKED'");
      const [member] = members.slice(-1);
      const ended = await runbooks.run('session-stolen', 'sessions end <username>', {
        '<username>': member?.person.username ?? '',
      });
      if (ended.exitCode !== 0) throw new Error(ended.output);
      await member?.person.logIn();
    },
  },
  certificateDrill(10, 'warning'),
  certificateDrill(1, 'critical'),
  {
    fault: 'An operator sets the log level of the mailer to debug and forgets it',
    alerts: ['GuichetLogLevelLow warning'],
    // A day, sixty times as fast.
    withinMs: 27 * 60_000,
    isSlow: true,
    async provoke({ runbooks }) {
      const set = await runbooks.run('log-level', 'log-level accounts debug --for 15m', {
        '15m': '2h',
        accounts: 'mailer',
      });
      if (set.exitCode !== 0) throw new Error(set.output);
      return async () => undefined;
    },
    repair: '',
    async follow({ runbooks }) {
      const reset = await runbooks.run('log-level', 'log-level <service> reset', { '<service>': 'mailer' });
      if (reset.exitCode !== 0) throw new Error(reset.output);
    },
  },
];
