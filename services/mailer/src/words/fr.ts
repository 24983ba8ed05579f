import {
  type ExecutionRefusal,
  KIND_EFFECTS,
  nameDevice,
  type OperationKind,
  type OptionalMailKind,
  type StaffRole,
} from '@guichet/contract';
import { INVITATION_DAYS } from '@guichet/contract/auth';
import { letter } from '../letters/letter.ts';
import { known, type Words } from './words.ts';

const STAFF: Record<StaffRole, { readonly name: string; readonly of: string }> = {
  agent: { name: 'conseiller', of: 'de conseiller' },
  superuser: { name: 'administrateur', of: 'd’administrateur' },
};

/** The noun, and the feminine ending of its participles. */
const kinds: Record<OperationKind, { readonly noun: string; readonly e: '' | 'e' }> = {
  open_account: { noun: 'ouverture de compte', e: 'e' },
  close_account: { noun: 'clôture de compte', e: 'e' },
  renew_rib: { noun: 'renouvellement de RIB', e: '' },
  deposit: { noun: 'dépôt', e: '' },
  withdrawal: { noun: 'retrait', e: '' },
  internal_transfer: { noun: 'virement entre vos comptes', e: '' },
  external_transfer: { noun: 'virement', e: '' },
  reversal: { noun: 'annulation', e: 'e' },
  set_overdraft: { noun: 'modification de découvert', e: 'e' },
  set_limits: { noun: 'modification de plafonds', e: 'e' },
  standing_order: { noun: 'virement permanent', e: '' },
  incoming_payments: { noun: 'fichier de virements entrants', e: '' },
  incoming_payment: { noun: 'virement d’une autre banque', e: '' },
  returned_payments: { noun: 'fichier de virements retournés', e: '' },
  suspense_assignment: { noun: 'affectation d’un virement', e: 'e' },
  suspense_return: { noun: 'retour d’un virement', e: '' },
  duplicate_acceptance: { noun: 'acceptation d’un doublon', e: 'e' },
  interest_run: { noun: 'arrêté d’intérêts', e: '' },
  interest: { noun: 'versement d’intérêts', e: '' },
  overdraft_interest: { noun: 'prélèvement d’intérêts débiteurs', e: '' },
  fee: { noun: 'prélèvement de frais de tenue de compte', e: '' },
};

const optionalMails: Record<OptionalMailKind, string> = {
  decisions: 'décisions sur vos demandes',
  digest: 'récapitulatif du matin',
};

/** Counted, in the digest. */
const counted: Record<OperationKind, readonly [one: string, many: string]> = {
  open_account: ['Ouverture de compte', 'Ouvertures de compte'],
  close_account: ['Clôture de compte', 'Clôtures de compte'],
  renew_rib: ['Renouvellement de RIB', 'Renouvellements de RIB'],
  deposit: ['Dépôt', 'Dépôts'],
  withdrawal: ['Retrait', 'Retraits'],
  internal_transfer: ['Virement interne', 'Virements internes'],
  external_transfer: ['Virement externe', 'Virements externes'],
  reversal: ['Annulation', 'Annulations'],
  set_overdraft: ['Modification de découvert', 'Modifications de découvert'],
  set_limits: ['Modification de plafonds', 'Modifications de plafonds'],
  standing_order: ['Virement permanent', 'Virements permanents'],
  incoming_payments: ['Fichier de virements entrants', 'Fichiers de virements entrants'],
  incoming_payment: ['Virement reçu', 'Virements reçus'],
  returned_payments: ['Fichier de virements retournés', 'Fichiers de virements retournés'],
  suspense_assignment: ['Affectation d’un virement', 'Affectations de virements'],
  suspense_return: ['Retour d’un virement', 'Retours de virements'],
  duplicate_acceptance: ['Acceptation d’un doublon', 'Acceptations de doublons'],
  interest_run: ['Arrêté d’intérêts', 'Arrêtés d’intérêts'],
  interest: ['Versement d’intérêts', 'Versements d’intérêts'],
  overdraft_interest: ['Intérêts débiteurs', 'Intérêts débiteurs'],
  fee: ['Frais de tenue de compte', 'Frais de tenue de compte'],
};
/** In French, zero and one are singular. */
const count = (number: number, one: string, many: string) => `${number} ${number < 2 ? one : many}`;

const outcomes = {
  posted: {
    title: (noun: string, e: string) => `Votre ${noun} a été exécuté${e}`,
    sentence: (noun: string, e: string) => `Votre ${noun} a été approuvé${e} et exécuté${e}.`,
  },
  rejected: {
    title: (noun: string, e: string) => `Votre ${noun} a été refusé${e}`,
    sentence: (noun: string, e: string) => `Un conseiller a examiné votre ${noun} et l’a refusé${e}.`,
  },
  expired: {
    title: (noun: string) => `Votre ${noun} a expiré`,
    sentence: (noun: string, e: string) => `Votre ${noun} a expiré, faute d’avoir été examiné${e} à temps.`,
  },
};
/** For the kinds where the result says more than the name of the request. */
const completed: Partial<Record<OperationKind, { readonly title: string; readonly sentence: string }>> = {
  open_account: {
    title: 'Votre compte est ouvert',
    sentence: 'Un conseiller a approuvé votre demande. Vous pouvez utiliser le compte dès maintenant.',
  },
  close_account: {
    title: 'Votre compte est clôturé',
    sentence: 'Un conseiller a approuvé votre demande. Les virements vers son IBAN sont désormais refusés.',
  },
  renew_rib: {
    title: 'Votre nouveau RIB est disponible',
    sentence: 'Un conseiller a approuvé votre demande. L’ancien RIB n’est plus utilisable.',
  },
  standing_order: {
    title: 'Votre virement permanent est actif',
    sentence:
      'Un conseiller a approuvé votre virement permanent. Ses échéances n’auront plus besoin d’être approuvées.',
  },
};

const untouched = 'Aucun montant n’a été débité de votre compte.';
const released = 'La somme réservée est de nouveau disponible.';

/** Why a transfer could not be executed on its day, by the code of the refusal. */
const failures: Readonly<Partial<Record<ExecutionRefusal, string>>> = {
  insufficient_funds:
    'Le solde de votre compte était insuffisant, le jour prévu comme les deux jours ouvrés suivants.',
  account_not_open: 'L’un des deux comptes n’est plus ouvert.',
  retired_rib: 'Le bénéficiaire a un nouveau RIB. Demandez-le-lui et refaites le virement.',
  customer_not_active: 'Votre accès à la banque est désactivé.',
};
const notYou =
  'Si ce n’était pas vous, changez immédiatement votre mot de passe et prévenez votre conseiller.';

export const fr: Words = {
  letters: {
    registered: ({ link, awaits }, bank) =>
      letter({
        subject: `Confirmez votre adresse chez ${bank.name}`,
        heading: 'Confirmez votre adresse e-mail',
        paragraphs: [
          {
            agent:
              'Merci pour votre inscription. Confirmez votre adresse : un conseiller examinera ensuite votre demande, et nous vous écrirons dès que vous pourrez vous connecter.',
            link: 'Merci pour votre inscription. Confirmez votre adresse pour pouvoir vous connecter.',
            nothing: 'Une fois votre adresse confirmée, vous pourrez aussi vous connecter avec elle.',
          }[awaits],
          'Ce lien est utilisable une seule fois, pendant 7 jours.',
        ],
        action: { label: 'Confirmer cette adresse', url: link },
        note: 'Si cette inscription ne vient pas de vous, ignorez ce message et ne suivez pas le lien.',
      }),
    activated: (_, bank) =>
      letter({
        subject: `Vous pouvez vous connecter à ${bank.name}`,
        heading: 'Vous pouvez vous connecter',
        paragraphs: ['Un conseiller a validé votre inscription. Bienvenue parmi nous.'],
        action: { label: 'Se connecter', url: `${bank.publicUrl}/login` },
      }),
    rejected: ({ reason }, bank) =>
      letter({
        subject: `Votre inscription chez ${bank.name} n’a pas été retenue`,
        heading: 'Votre inscription n’a pas été retenue',
        paragraphs: ['Un conseiller a examiné votre inscription et n’a pas pu l’accepter.'],
        facts: known(['Motif', reason]),
      }),
    deactivated: ({ reason }) =>
      letter({
        subject: 'Votre accès a été désactivé',
        heading: 'Votre accès a été désactivé',
        paragraphs: ['Vous ne pouvez plus vous connecter. Vos comptes et votre argent restent inchangés.'],
        facts: known(['Motif', reason]),
        note: 'Si vous en ignorez la raison, contactez votre conseiller.',
      }),
    deleted: (_, bank) =>
      letter({
        subject: `Votre accès à ${bank.name} a été supprimé`,
        heading: 'Votre accès a été supprimé',
        paragraphs: [
          'Vous ne pouvez plus vous connecter, et nous avons supprimé vos données personnelles. Merci de nous avoir fait confiance.',
        ],
      }),
    new_device: ({ at, ip, user_agent, link }, _, formats) =>
      letter({
        subject: 'Connexion depuis un nouvel appareil',
        heading: 'Connexion depuis un nouvel appareil',
        paragraphs: [
          'Si c’était vous, vous n’avez rien à faire.',
          ...(link === null
            ? []
            : [
                'Sinon, utilisez le bouton : tous les appareils seront déconnectés, votre mot de passe actuel ne sera plus valable et vous en choisirez un nouveau.',
              ]),
        ],
        facts: known(['Date', formats.time(at)], ['Adresse IP', ip], ['Appareil', nameDevice(user_agent)]),
        ...(link === null
          ? { note: notYou }
          : {
              action: { label: 'Ce n’était pas moi', url: link },
              note: 'Ce lien est utilisable une seule fois, pendant 7 jours.',
            }),
      }),
    password_changed: ({ at }, _, formats) =>
      letter({
        subject: 'Votre mot de passe a été changé',
        heading: 'Votre mot de passe a été changé',
        paragraphs: ['Vos autres appareils ont été déconnectés.'],
        facts: known(['Date', formats.time(at)]),
        note: notYou,
      }),
    email_taken: (_, bank) =>
      letter({
        subject: `Quelqu’un a tenté d’utiliser votre adresse chez ${bank.name}`,
        heading: 'Vous avez déjà un accès',
        paragraphs: [
          'Quelqu’un a tenté de s’inscrire avec cette adresse, ou d’en faire la sienne, mais elle vous appartient déjà. Rien n’a changé.',
          'Si c’était vous, connectez-vous, ou demandez un nouveau mot de passe si vous avez oublié le vôtre.',
        ],
        action: { label: 'Se connecter', url: `${bank.publicUrl}/login` },
        note: 'Si ce n’était pas vous, vous pouvez ignorer ce message.',
      }),
    agent_invited: ({ link, role }, bank) =>
      letter({
        subject: `Votre accès ${STAFF[role].of} chez ${bank.name}`,
        heading: `Vous êtes maintenant ${STAFF[role].name}`,
        paragraphs: [
          `Choisissez un mot de passe pour commencer. Le lien est utilisable une seule fois et expire dans ${INVITATION_DAYS} jours.`,
        ],
        action: { label: 'Choisir un mot de passe', url: link },
        note: 'Si vous n’attendiez pas ce message, vous pouvez l’ignorer.',
      }),
    recover: ({ link }) =>
      letter({
        subject: 'Choisissez un nouveau mot de passe',
        heading: 'Choisissez un nouveau mot de passe',
        paragraphs: [
          'Vous avez demandé un nouveau mot de passe. Ce lien est utilisable une seule fois, pendant 30 minutes.',
        ],
        action: { label: 'Choisir un nouveau mot de passe', url: link },
        note: 'Si vous n’avez rien demandé, ignorez ce message : votre mot de passe reste le même.',
      }),
    email_change: ({ link }, bank) =>
      letter({
        subject: `Confirmez votre nouvelle adresse chez ${bank.name}`,
        heading: 'Confirmez votre nouvelle adresse',
        paragraphs: ['Dès que vous aurez suivi le lien, nous vous écrirons à cette adresse.'],
        action: { label: 'Confirmer cette adresse', url: link },
        note: 'Si vous n’avez rien demandé, ignorez ce message : rien ne change.',
      }),
    email_change_requested: ({ link }) =>
      letter({
        subject: 'Votre adresse e-mail va changer',
        heading: 'Une demande de changement d’adresse e-mail a été faite',
        paragraphs: [
          'L’adresse changera dès que le lien envoyé à la nouvelle adresse aura été confirmé.',
          'Si cette demande vient de vous, vous n’avez rien à faire. Sinon, annulez le changement : tous les appareils seront déconnectés, votre mot de passe actuel ne sera plus valable et vous en choisirez un nouveau.',
        ],
        action: { label: 'Annuler le changement', url: link },
        note: 'Ce lien est utilisable une seule fois, pendant 48 heures. Il annule aussi un changement déjà effectué.',
      }),
    email_changed: () =>
      letter({
        subject: 'Votre adresse e-mail a été changée',
        heading: 'Votre adresse e-mail a été changée',
        paragraphs: ['Nous vous écrivons désormais à votre nouvelle adresse.'],
        note: notYou,
      }),
    totp_enabled: ({ at }, _, formats) =>
      letter({
        subject: 'La double authentification est activée',
        heading: 'La double authentification est activée',
        paragraphs: ['Un code de votre application d’authentification est désormais demandé à la connexion.'],
        facts: known(['Date', formats.time(at)]),
        note: notYou,
      }),
    totp_disabled: ({ at }, _, formats) =>
      letter({
        subject: 'La double authentification est désactivée',
        heading: 'La double authentification est désactivée',
        paragraphs: ['Votre mot de passe suffit désormais pour vous connecter.'],
        facts: known(['Date', formats.time(at)]),
        note: notYou,
      }),
    passkey_added: ({ at, name }, bank, formats) =>
      letter({
        subject: 'Une clé d’accès a été ajoutée',
        heading: 'Une clé d’accès a été ajoutée',
        paragraphs: [
          'Elle vous connecte sans mot de passe et confirme vos paiements. Votre mot de passe seul ne suffit plus pour vous connecter.',
        ],
        facts: known(['Nom', name], ['Date', formats.time(at)]),
        action: { label: 'Voir vos clés d’accès', url: `${bank.publicUrl}/security` },
        note: 'Si ce n’était pas vous, supprimez la clé d’accès, changez immédiatement votre mot de passe et prévenez votre conseiller.',
      }),
    passkey_removed: ({ at, name }, _, formats) =>
      letter({
        subject: 'Une clé d’accès a été supprimée',
        heading: 'Une clé d’accès a été supprimée',
        paragraphs: ['Elle ne peut plus vous connecter ni confirmer de paiements.'],
        facts: known(['Nom', name], ['Date', formats.time(at)]),
        note: notYou,
      }),
    second_factor_reset: ({ at }, bank, formats) =>
      letter({
        subject: 'La double authentification a été réinitialisée',
        heading: 'La double authentification a été réinitialisée',
        paragraphs: [
          'Elle a été désactivée, vos clés d’accès ont été supprimées et tous vos appareils ont été déconnectés. Connectez-vous avec votre mot de passe, puis configurez à nouveau votre application d’authentification ou une clé d’accès.',
        ],
        facts: known(['Date', formats.time(at)]),
        action: { label: 'Se connecter', url: `${bank.publicUrl}/login` },
        note: 'Si vous n’avez rien demandé, prévenez immédiatement votre conseiller.',
      }),
    access_reset: ({ at }, _, formats) =>
      letter({
        subject: 'Un exploitant a réinitialisé votre accès',
        heading: 'Votre accès a été réinitialisé',
        paragraphs: [
          'Votre mot de passe ne fonctionne plus, la double authentification et vos clés d’accès ont été supprimées, vos jetons d’API ont été révoqués et tous vos appareils ont été déconnectés. L’exploitant vous remettra un lien pour choisir un nouveau mot de passe.',
        ],
        facts: known(['Date', formats.time(at)]),
        note: 'Si vous n’avez rien demandé, prévenez immédiatement un autre administrateur.',
      }),
    emails_refused: ({ at, kinds: refused }, bank, formats) =>
      letter({
        subject: 'Vous avez désactivé certains e-mails',
        heading: 'Vous avez désactivé certains e-mails',
        paragraphs: [
          'Ces e-mails ne vous sont plus envoyés. Ceux qui concernent la sécurité et votre accès le sont toujours.',
        ],
        facts: known(
          ['E-mails', refused.map((kind) => optionalMails[kind]).join(', ')],
          ['Date', formats.time(at)],
        ),
        action: { label: 'Choisir vos e-mails', url: `${bank.publicUrl}/profile` },
        note: notYou,
      }),
    token_created: ({ at, name, expires_at }, bank, formats) =>
      letter({
        subject: 'Un nouveau jeton d’API a été créé',
        heading: 'Un nouveau jeton d’API a été créé',
        paragraphs: [
          'Tout programme qui dispose de ce jeton peut agir en votre nom, avec les autorisations choisies.',
        ],
        facts: known(['Nom', name], ['Date', formats.time(at)], ['Expiration', formats.time(expires_at)]),
        action: { label: 'Voir vos jetons d’API', url: `${bank.publicUrl}/security/tokens` },
        note: 'Si ce n’était pas vous, révoquez le jeton, changez immédiatement votre mot de passe et prévenez votre conseiller.',
      }),
    webhook_created: ({ at, host }, bank, formats) =>
      letter({
        subject: 'Un nouveau webhook a été créé',
        heading: 'Un nouveau webhook a été créé',
        paragraphs: ['Désormais, un programme est informé des événements choisis.'],
        facts: known(['Destinataire', host], ['Date', formats.time(at)]),
        action: { label: 'Voir vos webhooks', url: `${bank.publicUrl}/security/webhooks` },
        note: 'Si ce n’était pas vous, supprimez le webhook, changez immédiatement votre mot de passe et prévenez votre conseiller.',
      }),
    webhook_failed: ({ outcome, host, trouble, since }, bank, formats) => {
      const receiver = host ?? 'le destinataire';
      const title =
        outcome === 'disabled' ? 'Un webhook a été désactivé' : 'Un webhook ne reçoit pas ses messages';
      return letter({
        subject: title,
        heading: title,
        paragraphs: [
          trouble === null
            ? `Depuis plus d’un jour, ${receiver} n’a pas accusé réception d’un message, qui n’est plus envoyé. Les messages suivants le sont toujours.`
            : {
                gone: `${receiver} a répondu qu’il ne veut plus de messages (410).`,
                failing: `Depuis trois jours, ${receiver} n’a accusé réception d’aucun message.`,
                queue_full: `Trop de messages attendent ${receiver}.`,
              }[trouble],
          trouble === null
            ? 'Vous pouvez le renvoyer depuis la page du webhook.'
            : 'Plus rien n’est envoyé tant qu’un test du webhook n’a pas réussi. Les messages des 14 derniers jours pourront alors être renvoyés.',
        ],
        facts: known(
          ['Destinataire', host],
          ['En échec depuis', since === null ? null : formats.time(since)],
        ),
        action: { label: 'Voir vos webhooks', url: `${bank.publicUrl}/security/webhooks` },
      });
    },
    operation_decided: (data, bank, formats) => {
      const { noun, e } = kinds[data.type];
      const { title, sentence } = outcomes[data.status];
      const done = data.status === 'posted' ? completed[data.type] : undefined;
      return letter({
        subject: done?.title ?? title(noun, e),
        heading: done?.title ?? title(noun, e),
        paragraphs: [
          done?.sentence ?? sentence(noun, e),
          ...(data.status !== 'posted' && KIND_EFFECTS[data.type].reserves
            ? [data.execute_on === null ? `${untouched} ${released}` : untouched]
            : []),
        ],
        facts: known(
          ['Montant', formats.money(data.amount, data.currency)],
          ['Compte', data.account_name],
          ['Bénéficiaire', data.counterparty],
          ['Motif', data.reason],
        ),
        action: { label: 'Voir le détail', url: `${bank.publicUrl}/operations/${data.operation_id}` },
      });
    },
    dated_transfer: ({ outcome, due_on, execute_on, refusal, ...data }, bank, formats) => {
      const day = formats.date(due_on ?? execute_on);
      const { title, paragraphs } = {
        scheduled: {
          title: 'Votre virement est programmé',
          paragraphs: [
            due_on === execute_on
              ? `Un conseiller a approuvé votre virement. Il sera exécuté le ${day}.`
              : `Un conseiller a approuvé votre virement. Les virements vers d’autres banques ne partent pas le ${formats.date(execute_on)} : il sera exécuté le ${day}.`,
            'Aucune somme n’est réservée d’ici là : veillez à ce que votre compte soit suffisamment approvisionné ce jour-là.',
          ],
        },
        postponed: {
          title: 'Votre virement n’a pas pu être exécuté aujourd’hui',
          paragraphs: [
            refusal === null
              ? `Les virements vers d’autres banques ne partent pas aujourd’hui : il sera exécuté le ${day}.`
              : `Le solde de votre compte est insuffisant. Nous ferons une nouvelle tentative le ${day}.`,
          ],
        },
        failed: {
          title: 'Votre virement n’a pas été exécuté',
          paragraphs: [
            (refusal === null ? undefined : failures[refusal]) ?? 'Il ne peut plus être exécuté.',
            untouched,
          ],
        },
      }[outcome];
      return letter({
        subject: title,
        heading: title,
        paragraphs,
        facts: known(
          ['Montant', formats.money(data.amount, data.currency)],
          ['Compte', data.account_name],
          ['Bénéficiaire', data.counterparty],
        ),
        action: { label: 'Voir le détail', url: `${bank.publicUrl}/operations/${data.operation_id}` },
      });
    },
    standing_order: ({ outcome, execute_on, next_on, refusal, ...data }, bank, formats) => {
      const day = formats.date(execute_on);
      const why = (refusal === null ? undefined : failures[refusal]) ?? 'Il ne peut plus être exécuté.';
      const { title, paragraphs } = {
        skipped: {
          title: 'Une échéance de votre virement permanent n’a pas été exécutée',
          paragraphs: [
            `Le virement du ${day} n’a pas été exécuté. ${why}`,
            next_on === null
              ? 'C’était la dernière échéance de ce virement permanent.'
              : `Il ne sera pas rattrapé. La prochaine échéance est le ${formats.date(next_on)}.`,
          ],
        },
        suspended: {
          title: 'Votre virement permanent est suspendu',
          paragraphs: [
            `Le virement du ${day} n’a pas été exécuté. ${why}`,
            'Aucun autre virement n’aura lieu tant que vous n’aurez pas repris le virement permanent.',
          ],
        },
      }[outcome];
      return letter({
        subject: title,
        heading: title,
        paragraphs,
        facts: known(
          ['Montant', formats.money(data.amount, data.currency)],
          ['Compte', data.account_name],
          ['Bénéficiaire', data.counterparty],
        ),
        action: {
          label: 'Voir le virement permanent',
          url: `${bank.publicUrl}/standing-orders/${data.standing_order_id}`,
        },
      });
    },
    agent_digest: (data, bank, formats) => {
      const { operations, registrations, older_than_a_day: older, expiring } = data;
      const requests = operations.reduce((sum, one) => sum + one.count, 0);
      const title = [
        ...(requests === 0 ? [] : [count(requests, 'demande', 'demandes')]),
        ...(registrations === 0 ? [] : [count(registrations, 'inscription', 'inscriptions')]),
      ].join(' et ');
      return letter({
        subject: `${title} en attente`,
        heading: `${title} en attente`,
        paragraphs: [
          `Voici votre récapitulatif du ${formats.date(data.date)}.`,
          ...(older === 0
            ? []
            : [`${count(older, 'demande attend', 'demandes attendent')} depuis plus d’un jour.`]),
          ...(expiring.count === 0
            ? []
            : [
                `${count(expiring.count, 'demande expire', 'demandes expirent')} d’ici la fin du ${formats.date(expiring.by)}.`,
              ]),
        ],
        facts: [
          ...operations.map(({ type, count: number }): [string, string] => [
            counted[type][number < 2 ? 0 : 1],
            String(number),
          ]),
          ...known(
            [
              registrations < 2 ? 'Inscription' : 'Inscriptions',
              registrations === 0 ? null : String(registrations),
            ],
            ...data.amounts.map(({ amount, currency }): [string, string | null] => [
              `Total en ${currency}`,
              formats.money(amount, currency),
            ]),
          ),
        ],
        action: {
          label: 'Voir les demandes',
          url: `${bank.publicUrl}/inbox${requests === 0 ? '?tab=registrations' : ''}`,
        },
      });
    },
  },
  greeting: (name) => (name === null ? 'Bonjour,' : `Bonjour ${name},`),
  farewell: 'Cordialement,',
  colon: '\u00a0:',
  linkFallback: 'Si le bouton ne fonctionne pas, copiez cette adresse dans votre navigateur :',
  unsubscribe: 'Ne plus recevoir ces e-mails',
  footer: (bank) =>
    `${bank.name} ne vous demande jamais votre mot de passe par e-mail. Par prudence, saisissez vous-même ${bank.publicUrl} dans votre navigateur.`,
};
