import { createHmac } from 'node:crypto';
import type { Language } from '@guichet/contract';
import { newReadablePassword } from '../secrets/secrets.ts';

/** A demo user; the story refers to them by key. */
export interface Person {
  username: string;
  firstName: string;
  lastName: string;
  language: Language;
}

export const AGENTS = {
  claire: { username: 'claire.dubois', firstName: 'Claire', lastName: 'Dubois', language: 'fr' },
  james: { username: 'james.walker', firstName: 'James', lastName: 'Walker', language: 'en' },
} as const satisfies Record<string, Person>;
export type AgentKey = keyof typeof AGENTS;

export const MEMBERS = {
  amelie: { username: 'amelie.laurent', firstName: 'Amélie', lastName: 'Laurent', language: 'fr' },
  lucas: { username: 'lucas.moreau', firstName: 'Lucas', lastName: 'Moreau', language: 'fr' },
  olivia: { username: 'olivia.bennett', firstName: 'Olivia', lastName: 'Bennett', language: 'en' },
  karim: { username: 'karim.benali', firstName: 'Karim', lastName: 'Benali', language: 'fr' },
  sarah: { username: 'sarah.collins', firstName: 'Sarah', lastName: 'Collins', language: 'en' },
  thomas: { username: 'thomas.girard', firstName: 'Thomas', lastName: 'Girard', language: 'fr' },
} as const satisfies Record<string, Person>;
export type MemberKey = keyof typeof MEMBERS;

/** They have registered and wait for an agent. */
export const APPLICANTS: readonly Person[] = [
  { username: 'hugo.lefebvre', firstName: 'Hugo', lastName: 'Lefebvre', language: 'fr' },
  { username: 'emily.hughes', firstName: 'Emily', lastName: 'Hughes', language: 'en' },
];

/** Payees at other banks. The IBANs are the published examples of their countries. */
export const PAYEES = {
  landlord: { name: 'SCI Les Tilleuls', iban: 'FR1420041010050500013M02606' },
  energy: { name: 'Énergie du Rhône', iban: 'FR7630006000011234567890189' },
  school: { name: 'École de musique', iban: 'BE68539007547034' },
  rental: { name: 'Harbour Lettings Ltd', iban: 'GB29NWBK60161331926819' },
  garage: { name: 'Autohaus Keller', iban: 'DE89370400440532013000' },
  insurer: { name: 'Assurances Lumière', iban: 'LU280019400644750000' },
} as const;
export type PayeeKey = keyof typeof PAYEES;

/** An address in a reserved domain, which no mail can reach (RFC 2606). */
export function emailOf(person: Person): string {
  return `${person.username}@guichet.example`;
}

/** A user's password, derived from the bank's secret and the username. */
export function passwordOf(person: Pick<Person, 'username'>, demoSecret: string): string {
  return newReadablePassword(createHmac('sha256', demoSecret).update(person.username).digest());
}
