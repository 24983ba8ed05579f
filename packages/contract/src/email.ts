import { domainToASCII, domainToUnicode } from 'node:url';
import { z } from 'zod';
import { LENGTHS } from './lengths.ts';
import { text } from './text.ts';

/** RFC 5321, section 4.5.3.1.1. */
const LOCAL_PART_MAX = 64;
/** RFC 5321, section 4.5.3.1.2, allows 255 octets; a name in the DNS has no more than this (RFC 1035). */
const DOMAIN_MAX = 253;

/** Characters of an atom: RFC 5322, section 3.2.3. */
const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const LOCAL_PART = new RegExp(String.raw`^${ATOM}(?:\.${ATOM})*$`);
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** IDNA treats four characters as a dot. */
const DOT = '[.。．｡]';
const LETTER = '(?:[A-Za-z0-9]|[^\\x00-\\x7f。．｡])';
const DOMAIN_LABEL = `${LETTER}(?:(?:-|${LETTER}){0,61}${LETTER})?`;
/** An address before its domain is converted by IDNA, for the OpenAPI documents. */
const SHAPE = new RegExp(
  String.raw`^(?=[^@]{1,${LOCAL_PART_MAX}}@)${ATOM}(?:\.${ATOM})*@${DOMAIN_LABEL}(?:${DOT}${DOMAIN_LABEL})+$`,
);

/**
 * The address in the form in which it is stored and used, or null if it is invalid: a dot-atom of at most 64 octets (RFC 5321 and 5322) at a fully
 * qualified domain, which is converted by IDNA (UTS #46) where it is not ASCII. Quoted local parts and address literals are refused, and so
 * are local parts that are not ASCII: they need SMTPUTF8 (RFC 6531) on every mail server, and one address would have several spellings.
 */
export function parseEmail(input: string): string | null {
  if (input.length > LENGTHS.email) return null;
  const at = input.lastIndexOf('@');
  const localPart = input.slice(0, at);
  if (at < 1 || localPart.length > LOCAL_PART_MAX || !LOCAL_PART.test(localPart)) return null;
  const domain = parseDomain(input.slice(at + 1));
  if (domain === null) return null;
  const address = `${localPart}@${domain}`;
  return address.length > LENGTHS.email ? null : address;
}

/** Equal for two spellings of what the bank considers one mailbox: case and the spelling of the domain do not matter. */
export function emailKey(address: string): string {
  // ASCII only: a Kelvin sign would become k, although it is a different character in an address.
  return (parseEmail(address) ?? address).replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** An email address in a request; see {@link parseEmail}. */
export const EmailAddress = text(LENGTHS.email)
  .regex(SHAPE, { message: 'must be an email address', abort: true })
  .transform((input, context) => {
    const address = parseEmail(input);
    if (address !== null) return address;
    context.addIssue({ code: 'custom', message: 'must be an email address' });
    return z.NEVER;
  });

function parseDomain(input: string): string | null {
  const isAscii = /^[\x21-\x7e]*$/.test(input);
  // The host parser of URL gives some ASCII characters, such as % and /, a meaning of their own.
  if (/[^A-Za-z0-9.\-\u0080-\u{10ffff}]/u.test(input)) return null;
  const domain = isAscii ? input : domainToASCII(input);
  const labels = domain.toLowerCase().split('.');
  if (labels.length < 2 || domain.length > DOMAIN_MAX || !labels.every(isLabel)) return null;
  // A last label without a letter would be an IPv4 address.
  return /[a-z]/.test(labels.at(-1) ?? '') ? domain : null;
}

function isLabel(label: string): boolean {
  if (!LABEL.test(label)) return false;
  if (!label.startsWith('xn--')) return true;
  const decoded = domainToUnicode(label);
  return decoded !== label && domainToASCII(decoded) === label;
}
