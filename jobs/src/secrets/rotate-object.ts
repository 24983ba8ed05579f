import { rotateValues, type Step } from './rotate-values.ts';
import { fromBase64, toBase64 } from './secret-store.ts';

/** A secret as Kubernetes stores it: its values are in base64. */
interface SecretObject {
  kind: string;
  data?: Record<string, string>;
}

/** The object after a step of the secret `name`; everything else in it, its version too, stays, so that a change in between is refused. */
export function rotateObject<T extends SecretObject>(name: string, step: Step, object: T): T {
  return { ...object, data: toBase64(rotateValues(name, step, fromBase64(object.data ?? {}))) };
}
