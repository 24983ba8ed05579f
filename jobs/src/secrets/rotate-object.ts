import { rotateAuthority } from '../certificates/rotate-authority.ts';
import { rotateValues, type Step } from './rotate-values.ts';
import { fromBase64, toBase64 } from './secret-store.ts';

/** A secret as Kubernetes stores it: its values are in base64. */
interface SecretObject {
  kind: string;
  data?: Record<string, string>;
}

/**
 * The object after a step of the secret `name`. Everything else in it stays, its version too, so that a change in between is refused.
 * @throws UserError if the secret cannot be changed so
 */
export async function rotateObject<T extends SecretObject>(
  name: string,
  step: Step,
  object: T,
  now: Date,
): Promise<T> {
  const values = fromBase64(object.data ?? {});
  const after =
    name === 'authority' ? await rotateAuthority(step, values, now) : rotateValues(name, step, values);
  return { ...object, data: toBase64(after) };
}
