import test from 'ava';
import fc from 'fast-check';
import { EmailAddress, emailKey, LENGTHS, parseEmail } from './index.ts';

const label63 = 'd'.repeat(63);

const ACCEPTED: [typed: string, stored: string][] = [
  ['ann@example.org', 'ann@example.org'],
  ['Ann.Marie@Example.ORG', 'Ann.Marie@Example.ORG'],
  ['a&b@example.org', 'a&b@example.org'],
  ["o'brien+bank=1@example.co.uk", "o'brien+bank=1@example.co.uk"],
  ["!#$%&'*+-/=?^_`{|}~@example.org", "!#$%&'*+-/=?^_`{|}~@example.org"],
  ['a@b.co', 'a@b.co'],
  ['1234567890@123.example', '1234567890@123.example'],
  ['user@xn--h1alffa9f.xn--p1ai', 'user@xn--h1alffa9f.xn--p1ai'],
  ['user@XN--H1ALFFA9F.xn--p1ai', 'user@XN--H1ALFFA9F.xn--p1ai'],
  ['user@россия.рф', 'user@xn--h1alffa9f.xn--p1ai'],
  ['user@Bücher.example', 'user@xn--bcher-kva.example'],
  ['user@bu\u0308cher.example', 'user@xn--bcher-kva.example'],
  ['user@faß.example', 'user@xn--fa-hia.example'],
  ['user@例え。テスト', 'user@xn--r8jz45g.xn--zckzah'],
  [`${'l'.repeat(64)}@example.org`, `${'l'.repeat(64)}@example.org`],
  [`ann@${label63}.example`, `ann@${label63}.example`],
  [`ann@${label63}.${label63}.${label63}.example`, `ann@${label63}.${label63}.${label63}.example`],
];

const REFUSED: [typed: string, why: string][] = [
  ['', 'empty'],
  ['ann', 'no domain'],
  ['@example.org', 'no local part'],
  ['ann@', 'no domain'],
  ['ann@example', 'a domain of one label'],
  ['ann@localhost', 'a domain of one label'],
  [`${'l'.repeat(65)}@example.org`, 'a local part of 65'],
  [`ann@${'d'.repeat(64)}.org`, 'a label of 64'],
  [`ann@${label63}.${label63}.${label63}.${label63}.org`, 'more than 254 in all'],
  [`a@${'ü'.repeat(60)}.${'ü'.repeat(60)}.${'ü'.repeat(60)}.org`, 'labels too long in ASCII'],
  ['.ann@example.org', 'a dot first'],
  ['ann.@example.org', 'a dot last'],
  ['an..n@example.org', 'two dots'],
  ['ann@example.org.', 'a trailing dot'],
  ['ann@.example.org', 'an empty label'],
  ['ann@example..org', 'an empty label'],
  ['ann@-example.org', 'a hyphen first'],
  ['ann@example-.org', 'a hyphen last'],
  ['ann@ex_ample.org', 'an underscore in the domain'],
  ['ann@exa%6dple.org', 'a percent sign in the domain'],
  ['ann@exam/ple.org', 'a slash in the domain'],
  ['ann@example.org:25', 'a port'],
  ['ann@1.2.3.4', 'an IPv4 address'],
  ['ann@１.２.３.４', 'an IPv4 address in full-width digits'],
  ['ann@[192.0.2.1]', 'an address literal'],
  ['"ann b"@example.org', 'a quoted local part'],
  ['ann b@example.org', 'a space'],
  [' ann@example.org', 'a space first'],
  ['ann@example.org ', 'a space last'],
  ['ann@example.org\n', 'a line break'],
  ['ann@exam\u0000ple.org', 'a NUL'],
  ['ann@evil.org@example.org', 'two @'],
  ['Ann <ann@example.org>', 'a display name'],
  ['<ann@example.org>', 'angle brackets'],
  ['ann@example.org,eve@example.org', 'two addresses'],
  ['élodie@example.org', 'a local part that needs SMTPUTF8'],
  ['\u212Aarl@example.org', 'a Kelvin sign'],
  ['ann@xn--a.example', 'an A-label that decodes to nothing'],
  ['ann@xn--.example', 'an empty A-label'],
  ['ann@\u200d.example', 'a lone joiner'],
];

for (const [typed, stored] of ACCEPTED) {
  test(`${typed} is an address`, (t) => {
    t.is(parseEmail(typed), stored);
    t.is(EmailAddress.parse(typed), stored);
    t.is(parseEmail(stored), stored);
  });
}

for (const [typed, why] of REFUSED) {
  test(`${JSON.stringify(typed).slice(0, 60)} is refused: ${why}`, (t) => {
    t.is(parseEmail(typed), null);
    t.false(EmailAddress.safeParse(typed).success);
  });
}

test('spellings of one mailbox have one key', (t) => {
  for (const spellings of [
    ['ann@example.org', 'ANN@example.org', 'Ann@EXAMPLE.Org'],
    [
      'a@bücher.example',
      'a@BÜCHER.example',
      'a@bu\u0308cher.example',
      'A@xn--bcher-kva.example',
      'a@XN--BCHER-KVA.example',
    ],
  ]) {
    t.is(new Set(spellings.map(emailKey)).size, 1, spellings.join(' '));
  }
  t.not(emailKey('ann@example.org'), emailKey('ann@example.com'));
  t.not(emailKey('\u212Aarl@example.org'), emailKey('karl@example.org'));
});

test('property: what is accepted fits its column, is ASCII without spaces, and stays the same when parsed again', (t) => {
  const part = fc.string({
    unit: fc.constantFrom('a', 'Z', '9', '.', '-', '_', '&', 'é', 'ß', '。', ' ', '@', '\u0301', '😀'),
    maxLength: 12,
  });
  t.notThrows(() =>
    fc.assert(
      fc.property(part, part, (localPart, domain) => {
        const address = parseEmail(`${localPart}@${domain}.org`);
        if (address === null) return true;
        return (
          address.length <= LENGTHS.email &&
          /^[\x21-\x7e]+$/.test(address) &&
          parseEmail(address) === address &&
          emailKey(address) === emailKey(emailKey(address))
        );
      }),
      { numRuns: 3_000 },
    ),
  );
});
