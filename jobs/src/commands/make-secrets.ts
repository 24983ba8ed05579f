import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ensureCertificates, ensureSecrets, type SecretPlan } from '../secrets/ensure-secrets.ts';
import { clusterSecrets } from '../secrets/secret-store.ts';

// Runs in the cluster: `make-secrets.ts PLAN [--renew-certificates]` creates the secrets and certificates of the plan that are missing;
// the option renews every certificate.
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
await ensureSecrets(plan, options);
await ensureCertificates(plan, options, { renewAll: values['renew-certificates'] });
