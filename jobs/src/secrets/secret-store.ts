import { readFileSync } from 'node:fs';

/** A secret's plain values by key. */
export type SecretData = Readonly<Record<string, string>>;

export interface NewSecret {
  name: string;
  type: 'Opaque' | 'kubernetes.io/tls';
  labels: Readonly<Record<string, string>>;
  data: SecretData;
}

/** The secrets of one namespace. */
export interface SecretStore {
  /** Null if there is no secret with that name. */
  read(name: string): Promise<SecretData | null>;
  /** @returns false if the secret exists already */
  create(secret: NewSecret): Promise<boolean>;
  /** Sets these keys and does not change the others. */
  set(name: string, data: SecretData): Promise<void>;
}

const TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';
const TIMEOUT_MS = 15_000;

/**
 * The secrets of `namespace` in the cluster that this process runs in, with the rights of its service account. Node must trust the
 * cluster's authority (NODE_EXTRA_CA_CERTS).
 * @throws Error naming the request that the cluster refused
 */
export function clusterSecrets(namespace: string, origin = 'https://kubernetes.default.svc'): SecretStore {
  const path = `/api/v1/namespaces/${namespace}/secrets`;

  async function request(method: string, at: string, body?: unknown, type = 'application/json') {
    const reply = await fetch(origin + at, {
      method,
      headers: {
        authorization: `Bearer ${readFileSync(TOKEN, 'utf8').trim()}`,
        'content-type': type,
        accept: 'application/json',
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const result = (await reply.json().catch(() => ({}))) as {
      message?: string;
      data?: Record<string, string>;
    };
    return { status: reply.status, result };
  }

  function refused(what: string, status: number, message = ''): Error {
    return new Error(`the cluster refused to ${what}: ${status} ${message}`.trim());
  }

  return {
    async read(name) {
      const { status, result } = await request('GET', `${path}/${name}`);
      if (status === 404) return null;
      if (status !== 200) throw refused(`read secret ${name}`, status, result.message);
      return fromBase64(result.data ?? {});
    },
    async create({ name, type, labels, data }) {
      const secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, labels },
        type,
        data: toBase64(data),
      };
      const { status, result } = await request('POST', path, secret);
      if (status === 409) return false;
      if (status !== 201) throw refused(`create secret ${name}`, status, result.message);
      return true;
    },
    async set(name, data) {
      const change = { data: toBase64(data) };
      const { status, result } = await request(
        'PATCH',
        `${path}/${name}`,
        change,
        'application/merge-patch+json',
      );
      if (status !== 200) throw refused(`update secret ${name}`, status, result.message);
    },
  };
}

export function toBase64(data: SecretData): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
}

export function fromBase64(data: SecretData): SecretData {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
}
