import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureCertificates } from '@guichet/jobs/secrets/ensure-secrets';
import { fromBase64, toBase64 } from '@guichet/jobs/secrets/secret-store';

// The job that renews all certificates, on secrets in the files of a folder.
const [folder = ''] = process.argv.slice(2);
const fileOf = (name: string): string => join(folder, `${name}.json`);
const read = async (name: string) => {
  const text = await readFile(fileOf(name), 'utf8').catch(() => null);
  return text === null ? null : fromBase64(JSON.parse(text).data);
};
const write = (name: string, data: Readonly<Record<string, string>>) =>
  writeFile(fileOf(name), JSON.stringify({ kind: 'Secret', metadata: { name }, data: toBase64(data) }));

await ensureCertificates(
  {
    labels: {},
    secrets: [],
    authority: { secret: 'guichet-authority', commonName: 'bank/guichet authority', days: 3650 },
    certificates: [
      { secret: 'guichet-auth-tls', commonName: 'auth', dnsNames: ['auth'], ipAddresses: ['127.0.0.1'] },
    ],
  },
  {
    store: {
      read,
      async create({ name, data }) {
        await write(name, data);
        return true;
      },
      async set(name, data) {
        await write(name, { ...(await read(name)), ...data });
      },
    },
    now: new Date(),
    say: () => undefined,
  },
  { renewAll: true },
);
