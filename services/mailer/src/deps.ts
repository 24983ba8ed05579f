import type { Verifier } from '@guichet/tokens';
import type { DeadLetterDeps } from './dead-letters/handle-dead-letter.ts';
import type { ComposeOptions } from './delivery/compose-mail.ts';
import type { FindRecipient } from './recipients/find-recipient.ts';

/** The dependencies of the use cases of this service. */
export interface Deps extends DeadLetterDeps {
  verify: Verifier;
  findRecipient: FindRecipient;
  letters: Omit<ComposeOptions, 'now'>;
}
