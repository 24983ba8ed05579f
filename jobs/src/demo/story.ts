import type { AgentKey, MemberKey, PayeeKey } from './people.ts';
import { cash, type DemoRequest, deposit, draw, open, pay, payOut, repeat, save } from './requests.ts';

/** What people do besides requesting operations. */
export type DemoAction =
  | { action: 'save payees'; who: MemberKey; payees: readonly PayeeKey[] }
  | { action: 'mistype password'; who: MemberKey }
  | { action: 'open a forbidden page'; who: MemberKey }
  | { action: 'grant overdraft'; agent: AgentKey; who: MemberKey; amount: number };

export interface Chapter {
  daysAgo: number;
  /** Time of day by this machine's clock; null in the last chapter, which happens now. */
  at: string | null;
  /** The number of the month whose salaries come in by file before the rounds; null if none do. */
  salaries: number | null;
  /** In each round all members send their requests at once, then the agents decide all of them together. */
  rounds: readonly (readonly DemoRequest[])[];
  actions: readonly DemoAction[];
}

/** The salaries of each month, by employer. */
export const SALARIES: readonly (readonly { who: MemberKey; amount: number }[])[] = [
  [
    { who: 'amelie', amount: 284_000 },
    { who: 'lucas', amount: 231_500 },
    { who: 'thomas', amount: 198_600 },
  ],
  [
    { who: 'olivia', amount: 356_000 },
    { who: 'karim', amount: 247_800 },
    { who: 'sarah', amount: 312_000 },
  ],
];

/** All regular bills of a month. */
const bills = (): DemoRequest[] => [
  payOut('amelie', 'landlord', 92_000, 'Loyer'),
  payOut('amelie', 'energy', 8_640, 'Électricité'),
  payOut('lucas', 'landlord', 78_500, 'Loyer'),
  payOut('olivia', 'rental', 118_000, 'Rent'),
  payOut('karim', 'energy', 11_270, 'Gaz et électricité'),
  payOut('sarah', 'rental', 134_500, 'Rent'),
  payOut('thomas', 'insurer', 6_390, 'Assurance habitation'),
  payOut('karim', 'landlord', 69_000, 'Loyer'),
  payOut('thomas', 'landlord', 54_000, 'Loyer'),
  payOut('lucas', 'insurer', 4_590, 'Assurance auto'),
  payOut('sarah', 'insurer', 7_820, 'Travel insurance'),
];

/** Small everyday payments. */
const pastimes = (): DemoRequest[] => [
  pay('amelie', 'karim', 2_140, 'Marché'),
  pay('olivia', 'thomas', 3_300, 'Bike repair'),
  pay('thomas', 'amelie', 1_250, 'Photocopies'),
  cash('sarah', 16_000),
  cash('karim', 5_000),
];

/** Three months at the bank as data; `fill.ts` plays them through the API. */
export const STORY: readonly Chapter[] = [
  {
    daysAgo: 80,
    at: '09:35',
    salaries: null,
    rounds: [
      [
        open('amelie', 'current', 'Compte courant'),
        open('amelie', 'savings', 'Livret vacances'),
        open('lucas', 'current', 'Compte courant'),
        open('lucas', 'savings', 'Livret'),
        open('olivia', 'current', 'Everyday'),
        open('olivia', 'savings', 'Rainy days'),
        open('karim', 'current', 'Compte courant'),
        open('karim', 'savings', 'Apport maison'),
        open('sarah', 'current', 'Current account'),
        open('sarah', 'savings', 'House fund'),
        open('thomas', 'current', 'Compte courant'),
        open('thomas', 'savings', 'Épargne', { reject: 'Pièce d’identité illisible' }),
      ],
      [
        deposit('amelie', 'current', 120_000, { reference: 'Premier dépôt' }),
        deposit('lucas', 'current', 65_000),
        deposit('olivia', 'current', 210_000, { reference: 'Opening deposit' }),
        deposit('karim', 'savings', 480_000, { reference: 'Transfert d’un autre livret' }),
        deposit('sarah', 'savings', 750_000, { reference: 'From my old bank' }),
        deposit('thomas', 'current', 40_000),
      ],
    ],
    actions: [
      { action: 'save payees', who: 'amelie', payees: ['landlord', 'energy'] },
      { action: 'save payees', who: 'olivia', payees: ['rental'] },
    ],
  },
  {
    daysAgo: 64,
    at: '14:10',
    salaries: 1,
    rounds: [
      [
        ...bills(),
        save('amelie', 25_000),
        save('olivia', 60_000),
        cash('lucas', 12_000),
        cash('thomas', 8_000),
        pay('lucas', 'amelie', 3_450, 'Dîner de samedi'),
        pay('sarah', 'olivia', 12_900, 'Concert tickets'),
        cash('thomas', 150_000, { ending: { reject: 'Montant inhabituel, à confirmer au guichet' } }),
        payOut('karim', 'garage', 42_300, 'Révision'),
      ],
    ],
    actions: [
      { action: 'grant overdraft', agent: 'claire', who: 'thomas', amount: 30_000 },
      { action: 'save payees', who: 'sarah', payees: ['rental', 'garage'] },
    ],
  },
  {
    daysAgo: 47,
    at: '11:20',
    salaries: null,
    rounds: [
      [
        ...pastimes(),
        cash('amelie', 9_000),
        cash('olivia', 20_000),
        cash('karim', 6_000),
        save('lucas', 15_000),
        save('sarah', 80_000, { reference: 'House fund' }),
        save('karim', 40_000),
        pay('amelie', 'lucas', 1_890, 'Courses'),
        pay('olivia', 'sarah', 7_500, 'Brunch'),
        pay('thomas', 'karim', 4_000, 'Remboursement essence'),
        payOut('amelie', 'school', 18_000, 'Cours de violon'),
        payOut('lucas', 'garage', 33_750, 'Pneus'),
        deposit('olivia', 'current', 5_600, { reference: 'Sold my bike' }),
        deposit('thomas', 'current', 12_000, { reference: 'Brocante' }),
        pay('karim', 'thomas', 2_500, 'Erreur de ma part', 'cancel'),
        { kind: 'renew', who: 'lucas', account: 'current', ending: 'approve' },
      ],
    ],
    actions: [{ action: 'mistype password', who: 'thomas' }],
  },
  {
    daysAgo: 33,
    at: '15:45',
    salaries: 2,
    rounds: [
      [
        ...bills(),
        save('amelie', 25_000),
        save('olivia', 60_000),
        draw('karim', 30_000, { reference: 'Vacances' }),
        cash('sarah', 25_000),
        cash('lucas', 10_000),
        pay('sarah', 'karim', 45_000, 'Used laptop'),
        pay('lucas', 'thomas', 2_200, 'Cinéma'),
        payOut('olivia', 'insurer', 24_800, 'Home insurance'),
        payOut('thomas', 'garage', 95_000, 'Acompte voiture', { reject: 'Facture manquante' }),
      ],
    ],
    actions: [{ action: 'open a forbidden page', who: 'lucas' }],
  },
  {
    daysAgo: 17,
    at: '10:05',
    salaries: null,
    rounds: [
      [
        ...pastimes(),
        cash('amelie', 11_000),
        cash('olivia', 15_000),
        cash('thomas', 5_000),
        save('lucas', 20_000),
        save('sarah', 80_000, { reference: 'House fund' }),
        pay('amelie', 'olivia', 6_300, 'Billets de train'),
        // Its first payment is made on the day of the next chapter.
        repeat('olivia', 'thomas', 6_500, { every: 'month', inDays: 13, reference: 'Garage rent' }),
        pay('thomas', 'lucas', 1_500, 'Café'),
        pay('karim', 'amelie', 9_900, 'Cadeau commun'),
        payOut('amelie', 'school', 18_000, 'Cours de violon'),
        payOut('sarah', 'garage', 61_200, 'Car repair'),
        deposit('karim', 'current', 22_000, { reference: 'Vente de meubles' }),
        deposit('sarah', 'savings', 1_250_000, { reference: 'Sale of my flat' }),
        draw('olivia', 35_000),
        // The agents' digest of a later morning has them.
        deposit('lucas', 'current', 9_500, { ending: 'wait', reference: 'Remboursement mutuelle' }),
        save('olivia', 10_000, { ending: 'wait' }),
      ],
    ],
    actions: [{ action: 'save payees', who: 'karim', payees: ['energy', 'garage'] }],
  },
  {
    daysAgo: 4,
    at: '16:25',
    salaries: 3,
    rounds: [
      [
        ...bills(),
        save('amelie', 25_000),
        save('olivia', 60_000),
        cash('lucas', 14_000),
        cash('karim', 7_000),
        ...pastimes(),
        pay('olivia', 'amelie', 15_000, 'Weekend in Lyon'),
        pay('lucas', 'karim', 5_200, 'Match de foot'),
        payOut('thomas', 'garage', 28_000, 'Freins'),
      ],
    ],
    actions: [],
  },
  {
    daysAgo: 0,
    at: null,
    salaries: null,
    rounds: [
      [
        cash('sarah', 30_000),
        pay('amelie', 'thomas', 2_750, 'Livres'),
        cash('olivia', 18_000, { ending: 'wait' }),
        deposit('lucas', 'savings', 50_000, { ending: 'wait', reference: 'Prime' }),
        save('karim', 35_000, { ending: 'wait' }),
        payOut('sarah', 'insurer', 2_340, 'Bike insurance'),
        payOut('amelie', 'energy', 9_120, 'Électricité', 'wait'),
        repeat('amelie', 'savings', 5_000, { every: 'week', inDays: 7, ending: 'wait' }),
        pay('thomas', 'sarah', 6_000, 'Guitar lessons', 'wait'),
        open('thomas', 'savings', 'Épargne', 'wait'),
        deposit('sarah', 'savings', 1_800_000, { ending: 'first approval', reference: 'Inheritance' }),
      ],
    ],
    actions: [],
  },
];
