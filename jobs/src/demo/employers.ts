/** Employers whose salaries come in by file. The IBANs are the published examples of their countries. */
export const EMPLOYERS = [
  { name: 'Ateliers de la Garonne', iban: 'FR7630006000011234567890189' },
  { name: 'Northwind Studios', iban: 'NL91ABNA0417164300' },
] as const;
