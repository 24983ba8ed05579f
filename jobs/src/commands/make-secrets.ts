import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ensureCertificates, ensureSecrets, type SecretPlan } from '../secrets/ensure-secrets.ts';
import { clusterSecrets } from '../secrets/secret-store.ts';

// Runs in the cluster: `make-secrets.ts PLAN [--renew-certificates]` creates the secrets and certificates of the plan that are missing, and renews
// certificates in time; the option renews every certificate now.
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { 'renew-certificates': { type: 'boolean', default: false } },
});
const [file] = positionals;
if (file === undefined) throw new Error('Usage: make-secrets.ts PLAN [--renew-certificates]');
const plan = JSON.parse(readFileSync(file, 'utf8')) as SecretPlan;
const options = {
  store: clusterSecrets(process.env.POD_NAMESPACE ?? 'default'),
  now: new Date(),
  say: console.log,
};
// A lost secret is reported last, so that it holds up nothing else.
const [secrets, certificates] = await Promise.allSettled([
  ensureSecrets(plan, options),
  ensureCertificates(plan, options, { renewAll: values['renew-certificates'] }),
]);
for (const { reason } of [secrets, certificates].filter((result) => result.status === 'rejected')) {
  console.error(reason instanceof Error ? reason.message : reason);
  process.exitCode = 1;
}
