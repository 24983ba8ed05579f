import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as client from '@kubernetes/client-node';
import { Ajv } from 'ajv';
import type { KubernetesObject } from './render.ts';

/** The npm package with the schemas of each API group; all other groups are Kubernetes' own. */
const PACKAGES: Readonly<Record<string, string>> = {
  'cert-manager.io': '@kubernetes-models/cert-manager',
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
};
/** Reduced from the CRDs of mariadb-operator, which are in no npm package, by tools/src/commands/mariadb-operator-schema.ts. */
export const MARIADB_OPERATOR_SCHEMAS = join(import.meta.dirname, 'mariadb-operator', 'schemas.json');

/** The errors of an object according to the schemas of Kubernetes and of the operators that the chart supports. */
export async function schemaFaults(object: KubernetesObject): Promise<string[]> {
  const group = object.apiVersion.includes('/') ? (object.apiVersion.split('/')[0] ?? '') : '';
  if (group === 'k8s.mariadb.com') return await mariadbOperatorFaults(object);
  const models = await import(`${PACKAGES[group] ?? 'kubernetes-models'}/${object.apiVersion}`);
  const Model = models[object.kind];
  if (Model === undefined) return [`there is no ${object.kind} in ${object.apiVersion}`];
  try {
    new Model(object).validate();
  } catch (error) {
    return [(error as Error).message];
  }
  return group in PACKAGES ? [] : unknownFields(object, typeNameOf(object), object.kind);
}

async function mariadbOperatorFaults({ apiVersion, kind, spec }: KubernetesObject): Promise<string[]> {
  const known = JSON.parse(await readFile(MARIADB_OPERATOR_SCHEMAS, 'utf8'));
  const schema = known.schemas[kind];
  if (schema === undefined || apiVersion !== known.apiVersion)
    return [`there is no ${kind} in ${apiVersion}`];
  const ajv = new Ajv({ allErrors: true, strictTypes: false });
  if (ajv.validate(schema, spec)) return [];
  return (ajv.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${kind}.spec${instancePath.replaceAll('/', '.')} ${message} ${JSON.stringify(params)}`,
  );
}

type Attribute = { baseName: string; type: string };
type ModelClass = { getAttributeTypeMap(): Attribute[] };
const classes = client as unknown as Record<string, ModelClass | undefined>;

function typeNameOf({ apiVersion, kind }: KubernetesObject): string {
  const version = apiVersion.split('/').at(-1) ?? '';
  return `${version.charAt(0).toUpperCase()}${version.slice(1)}${kind}`;
}

/** The schemas only check known fields; the client's type tables show which fields exist. */
function unknownFields(value: unknown, type: string, path: string): string[] {
  const list = /^Array<(.*)>$/.exec(type);
  if (list !== null && Array.isArray(value)) {
    return value.flatMap((item, index) => unknownFields(item, list[1] ?? '', `${path}[${index}]`));
  }
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type);
  if (typeof value !== 'object' || value === null) return [];
  if (map !== null) {
    return Object.entries(value).flatMap(([key, item]) =>
      unknownFields(item, map[1] ?? '', `${path}.${key}`),
    );
  }
  const attributes = classes[type]?.getAttributeTypeMap?.();
  if (attributes === undefined) return [];
  const types = new Map(attributes.map((attribute) => [attribute.baseName, attribute.type]));
  return Object.entries(value).flatMap(([name, item]) => {
    const known = types.get(name);
    return known === undefined
      ? [`${path}.${name} is not a field`]
      : unknownFields(item, known, `${path}.${name}`);
  });
}
