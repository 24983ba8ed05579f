import { hostname, userInfo } from 'node:os';

/**
 * The operator who runs this command, as far as its process can know, for the data of the audit event: in a pod, the cluster's own audit log has the person
 * who ran `kubectl exec` in it.
 */
export function currentOperator(): { operator: string | null; host: string } {
  return { operator: systemUser(), host: hostname() };
}

function systemUser(): string | null {
  try {
    return userInfo().username;
  } catch {
    // A container may run with a user id that has no name.
    return process.getuid === undefined ? null : String(process.getuid());
  }
}
