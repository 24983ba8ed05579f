import { dateFormat } from '@guichet/calendar';
import type { Language, OperationKind } from '@guichet/contract';
import { formatAmount, formatMoney } from '@guichet/money';

const ENGLISH = {
  statement: 'Account statement',
  holder: 'Account holder',
  account: 'Account',
  bank: 'Bank code',
  branch: 'Branch code',
  number: 'Account number',
  key: 'Key',
  opening: 'Opening balance',
  closing: 'Closing balance',
  credits: 'Money in',
  debits: 'Money out',
  date: 'Date',
  operation: 'Operation',
  debit: 'Debit',
  credit: 'Credit',
  balance: 'Balance',
  broughtForward: 'Brought forward',
  nothing: 'No transactions this month.',
  reversed: 'reversed',
  amountsIn: (currency: string) => `Amounts in ${currency}`,
  page: (page: number, of: number) => `Page ${page} of ${of}`,
  issuedOn: (time: string) => `Issued on ${time}`,
  rib: 'Bank account details (RIB)',
  ribPurpose:
    'Give these details to anyone who pays into this account or collects payments from it, such as employers, tax offices and suppliers.',
  iban: 'International bank account number (IBAN)',
  bic: 'Bank identifier code (BIC)',
  domiciliation: 'Branch',
  currency: 'Currency',
  kinds: {
    open_account: 'Account opening',
    close_account: 'Account closure',
    renew_rib: 'New RIB',
    set_overdraft: 'Overdraft change',
    set_limits: 'Limit change',
    standing_order: 'Standing order',
    deposit: 'Cash deposit',
    withdrawal: 'Cash withdrawal',
    internal_transfer: 'Transfer between own accounts',
    external_transfer: 'Transfer',
    reversal: 'Reversal',
    incoming_payments: 'File of incoming payments',
    incoming_payment: 'Payment received',
    returned_payments: 'File of returned payments',
    suspense_assignment: 'Payment received',
    suspense_return: 'Return of a payment',
    duplicate_acceptance: 'Acceptance of a duplicate',
    interest_run: 'Interest run',
    interest: 'Interest',
    overdraft_interest: 'Overdraft interest',
    fee: 'Account fee',
  } satisfies Record<OperationKind, string>,
  types: { current: 'Current account', savings: 'Savings account' },
};

export type Words = typeof ENGLISH;

const FRENCH: Words = {
  statement: 'Relevé de compte',
  holder: 'Titulaire du compte',
  account: 'Compte',
  bank: 'Code banque',
  branch: 'Code guichet',
  number: 'Numéro de compte',
  key: 'Clé RIB',
  opening: 'Solde initial',
  closing: 'Solde final',
  credits: 'Total des crédits',
  debits: 'Total des débits',
  date: 'Date',
  operation: 'Opération',
  debit: 'Débit',
  credit: 'Crédit',
  balance: 'Solde',
  broughtForward: 'Report',
  nothing: 'Aucune opération ce mois-ci.',
  reversed: 'annulée',
  amountsIn: (currency) => `Montants en ${currency}`,
  page: (page, of) => `Page ${page} sur ${of}`,
  issuedOn: (time) => `Édité le ${time}`,
  rib: 'Relevé d’identité bancaire',
  ribPurpose:
    'Ce relevé est destiné à être remis, sur leur demande, à vos créanciers ou débiteurs appelés à faire inscrire des opérations à votre compte (virements, prélèvements, etc.).',
  iban: 'Numéro de compte bancaire international (IBAN)',
  bic: 'Code d’identification de la banque (BIC)',
  domiciliation: 'Domiciliation',
  currency: 'Devise',
  kinds: {
    open_account: 'Ouverture de compte',
    close_account: 'Clôture de compte',
    renew_rib: 'Nouveau RIB',
    set_overdraft: 'Modification du découvert',
    set_limits: 'Modification des plafonds',
    standing_order: 'Virement permanent',
    incoming_payments: 'Fichier de virements entrants',
    incoming_payment: 'Virement reçu',
    returned_payments: 'Fichier de virements retournés',
    suspense_assignment: 'Virement reçu',
    suspense_return: 'Retour d’un virement',
    duplicate_acceptance: 'Acceptation d’un doublon',
    interest_run: 'Arrêté d’intérêts',
    interest: 'Intérêts',
    overdraft_interest: 'Intérêts débiteurs',
    fee: 'Frais de tenue de compte',
    deposit: 'Dépôt d’espèces',
    withdrawal: 'Retrait d’espèces',
    internal_transfer: 'Virement entre vos comptes',
    external_transfer: 'Virement',
    reversal: 'Annulation d’opération',
  },
  types: { current: 'Compte courant', savings: 'Compte d’épargne' },
};

export const WORDS: Readonly<Record<Language, Words>> = { en: ENGLISH, fr: FRENCH };

const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', fr: 'fr-FR' };

/** In print, the narrow space between thousands is hard to see. */
function spaced(amount: string): string {
  return amount.replaceAll('\u202f', '\u00a0');
}

/** Formats days, months, times and money for a language; days follow the bank's time zone. */
export function formatsOf(language: Language, timeZone: string) {
  const locale = LOCALES[language];
  const dates = (options: Intl.DateTimeFormatOptions) => dateFormat(locale, { ...options, timeZone });
  const [day, longDay, month, time] = [
    dates({ day: '2-digit', month: '2-digit', year: 'numeric' }),
    dates({ day: 'numeric', month: 'long', year: 'numeric' }),
    dates({ month: 'long', year: 'numeric' }),
    dates({ day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' }),
  ];
  const capital = (text: string) => text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);
  return {
    locale,
    day,
    longDay,
    month: (at: Date) => capital(month(at)),
    time,
    money: (amountMinor: bigint, currency: string) => spaced(formatMoney(amountMinor, currency, locale)),
    /** Without the currency symbol. */
    amount: (amountMinor: bigint, currency: string) => spaced(formatAmount(amountMinor, currency, locale)),
  };
}

export type Formats = ReturnType<typeof formatsOf>;
