import type { Language } from '@guichet/contract';
import type { Withheld } from '@guichet/contract/personal-data';

/** Why a part of what the bank holds is not in an export, in the language of the person. */
export const REASONS: Readonly<Record<Language, Readonly<Record<Withheld, string>>>> = {
  en: {
    credentials:
      'Secrets aren’t copied: your password, the keys of passkeys and authenticator apps, recovery codes, and the tokens of links, sessions and API tokens. The bank stores most of them only as hashes.',
    staff_notes:
      'Agents may keep internal notes about customers. Whether there are any, and what they say, is not disclosed: the law forbids banks to reveal a suspicion to a customer (Directive (EU) 2015/849, article 39).',
    requests_of_staff:
      'Requests that agents made about your accounts, such as an overdraft, limits or a reversal. What they changed is in accounts, entries and log.',
    customers_of_staff:
      'What your work says about customers, who have rights of their own (GDPR, article 15(4)): entries about them are listed without their content.',
    token_scopes:
      'This API token, or this session until it has a second factor, may not read everything: accounts needs the scope accounts:read, log needs logs:read. Sign in to download all of it.',
  },
  fr: {
    credentials:
      'Les secrets ne sont pas copiés : votre mot de passe, les clés des clés d’accès et des applications d’authentification, les codes de secours, et les jetons des liens, des sessions et de l’API. La banque ne conserve la plupart d’entre eux que sous forme d’empreintes.',
    staff_notes:
      'Les conseillers peuvent tenir des notes internes sur les clients. Leur existence et leur contenu ne sont pas communiqués : la loi interdit à une banque de révéler un soupçon à un client (directive (UE) 2015/849, article 39).',
    requests_of_staff:
      'Les demandes que des conseillers ont faites sur vos comptes, comme un découvert, des plafonds ou une contre-passation. Leurs effets figurent dans accounts, entries et log.',
    customers_of_staff:
      'Ce que votre travail dit des clients, qui ont leurs propres droits (RGPD, article 15, paragraphe 4) : les entrées qui les concernent figurent sans leur contenu.',
    token_scopes:
      'Ce jeton d’API, ou cette session tant qu’elle n’a pas de second facteur, ne peut pas tout lire : accounts demande l’autorisation accounts:read, log demande logs:read. Connectez-vous pour tout télécharger.',
  },
};
