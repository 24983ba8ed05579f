import { SERVICES, type ServiceName } from '@guichet/contract';
import { createEnvelope, type Envelope, type EventKeys, generateSealingKeys } from '@guichet/events';

/** An envelope for each service, each with its own keys. */
export function testEnvelopes(): Record<ServiceName, Envelope> {
  const pairs = SERVICES.map((party) => [party, generateSealingKeys()] as const);
  const publicKeys = Object.fromEntries(
    pairs.map(([party, { publicKey }]) => [party, [publicKey]]),
  ) as unknown as EventKeys['publicKeys'];
  return Object.fromEntries(
    pairs.map(([party, { secretKey }]) => [
      party,
      createEnvelope(party, { secretKeys: [secretKey], publicKeys }),
    ]),
  ) as Record<ServiceName, Envelope>;
}
