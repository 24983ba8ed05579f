/** The forms that aren't sent to the page that shows them. */
const PAGES: readonly [sentTo: RegExp, page: string][] = [
  [/^\/(accounts|operations)\/([^/]+)\/(?:name|overdraft|limits|approve|reject|cancel)$/, '/$1/$2'],
  [/^(\/customers\/[^/]+)\/notes$/, '$1'],
  [/^(\/payments\/(?:suspense|duplicates)\/[^/]+)\/(?:assign|return|accept)$/, '$1'],
  [/^\/inbox\/decisions$/, '/inbox/confirm'],
  [/^\/inbox\/(?:choose|registrations\/.+)$/, '/inbox'],
  [/^\/reconciliation\/log$/, '/reconciliation'],
  [/^\/security\/sessions\/[^/]+\/revoke$/, '/security'],
  [/^\/security\/tokens\/[^/]+\/revoke$/, '/security/tokens'],
  [/^\/security\/(?:totp(?:\/remove|\/confirm)?|shown\/forget)$/, '/security'],
  [/^\/security\/passkeys$/, '/security/passkeys/new'],
  [/^(\/login(?:\/code)?)\/passkey$/, '$1'],
  [/^\/profile\/(?:email|password)$/, '/profile'],
];

/** The page with the form that is sent to `action`. */
export function pageOfForm(action: string): string {
  for (const [sentTo, page] of PAGES) if (sentTo.test(action)) return action.replace(sentTo, page);
  return action;
}

/** The draft of a transfer is the same in the form and in its review; that of a sign-in, with a password and with a passkey. */
export function draftAction(action: string): string {
  if (action === '/transfers/review') return '/transfers/new';
  return action.replace(/^(\/login(?:\/code)?)\/passkey$/, '$1');
}
