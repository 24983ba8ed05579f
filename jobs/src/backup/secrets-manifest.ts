import { fromBase64, type SecretData, toBase64 } from '../secrets/secret-store.ts';

/** Secrets as `kubectl apply` takes them, in any namespace. */
export interface SecretsManifest {
  apiVersion: 'v1';
  kind: 'List';
  items: readonly {
    apiVersion: 'v1';
    kind: 'Secret';
    metadata: { name: string; labels: Readonly<Record<string, string>> };
    type: 'Opaque';
    data: Readonly<Record<string, string>>;
  }[];
}

export function toManifest(
  secrets: Readonly<Record<string, SecretData>>,
  labels: Readonly<Record<string, string>> = {},
): SecretsManifest {
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: Object.entries(secrets).map(([name, data]) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, labels },
      type: 'Opaque',
      data: toBase64(data),
    })),
  };
}

export function fromManifest({ items }: SecretsManifest): Record<string, SecretData> {
  return Object.fromEntries(items.map(({ metadata, data }) => [metadata.name, fromBase64(data)]));
}
