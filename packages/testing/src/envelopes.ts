import {
  createEnvelope,
  type Envelope,
  type EventKeys,
  type EventParty,
  generateSealingKeys,
  PARTIES,
} from '@guichet/events';

/** An envelope for each service, each with its own keys. */
export function testEnvelopes(): Record<EventParty, Envelope> {
  const pairs = PARTIES.map((party) => [party, generateSealingKeys()] as const);
  const publicKeys = Object.fromEntries(
    pairs.map(([party, { publicKey }]) => [party, [publicKey]]),
  ) as unknown as EventKeys['publicKeys'];
  return Object.fromEntries(
    pairs.map(([party, { secretKey }]) => [
      party,
      createEnvelope(party, { secretKeys: [secretKey], publicKeys }),
    ]),
  ) as Record<EventParty, Envelope>;
}
