import { X509Certificate } from 'node:crypto';
import { UserError } from '@guichet/cli';
import type { Step, Values } from '../secrets/rotate-values.ts';
import { nameOfNext, newAuthority } from './issue-certificate.ts';

const DAY_MS = 86_400_000;

/**
 * The secret of the authority after a step. Every process trusts all certificates in `ca.crt`; `tls.crt` signs. `add` creates another authority,
 * which is trusted, and waits in `next.crt` and `next.key`; `promote` lets it sign, and drops the key of the old one; `retire` ends the trust in
 * the old one. After each step every certificate must be issued again, because processes read the trusted authorities beside their own.
 * @throws UserError if the step isn't possible now
 */
export async function rotateAuthority(step: Step, values: Values, now: Date): Promise<Values> {
  const { 'tls.crt': cert = '', 'tls.key': key = '', 'next.crt': nextCert, 'next.key': nextKey } = values;
  const isPending = nextCert !== undefined && nextKey !== undefined;
  switch (step) {
    case 'add': {
      if (isPending) throw new UserError('there is another authority already: promote it');
      const { subject, validFromDate, validToDate } = new X509Certificate(cert);
      const days = Math.round((validToDate.getTime() - validFromDate.getTime()) / DAY_MS);
      const next = await newAuthority(nameOfNext(subject.replace(/^CN=/, ''), now), days, now);
      return {
        'ca.crt': cert + next.cert,
        'tls.crt': cert,
        'tls.key': key,
        'next.crt': next.cert,
        'next.key': next.key,
      };
    }
    case 'promote':
      if (!isPending) throw new UserError('there is one authority, so none to promote: add one first');
      return { 'ca.crt': nextCert + cert, 'tls.crt': nextCert, 'tls.key': nextKey };
    case 'retire':
      if (isPending) throw new UserError('the other authority signs nothing yet: promote it first');
      return { 'ca.crt': cert, 'tls.crt': cert, 'tls.key': key };
    case 'rotate':
      throw new UserError(
        'processes with different authorities refuse each other: use add, promote and retire',
      );
  }
}
