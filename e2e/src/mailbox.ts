import { request } from 'undici';

export interface CaughtMail {
  subject: string;
  text: string;
  html: string;
  to: { address: string }[];
  headers: Record<string, string>;
  /** The Date header as RFC 3339. */
  date: string;
}

/** The caught mail for an address, the oldest first. */
export async function mailTo(mailUrl: string, address: string): Promise<CaughtMail[]> {
  const { body } = await request(`${mailUrl}/email`);
  const all = (await body.json()) as CaughtMail[];
  return all.filter(({ to }) => to.some((one) => one.address === address));
}
