import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { MARIADB_OPERATOR_SCHEMAS } from '../charts/kubernetes-schema.ts';

// `npm run mariadb-operator-schema -- FOLDER COMMIT`: writes the shapes of the operator's objects that the chart renders, from its
// CRDs in FOLDER (config/crd/bases of https://github.com/mariadb-operator/mariadb-operator). Descriptions and fields that the chart doesn't set are left out.

interface Schema {
  [key: string]: unknown;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
}

const KEPT = ['type', 'enum', 'required', 'minItems', 'maxLength', 'minimum', 'maximum', 'pattern'];
/** Fields of MariaDB.spec that are checked down to the last one in them. */
const CHECKED =
  'affinity galera image imagePullSecrets inheritMetadata myCnf nodeSelector podDisruptionBudget podMetadata priorityClassName replicas resources rootPasswordSecretKeyRef storage tls tolerations updateStrategy'.split(
    ' ',
  );
/** Fields of MariaDB.spec.galera that the chart doesn't set. */
const UNCHECKED = ['agent', 'config', 'initContainer', 'initJob', 'recovery'];

function reduce(schema: Schema): Schema {
  if (schema['x-kubernetes-int-or-string'] === true) return { type: ['integer', 'string'] };
  const kept: Schema = Object.fromEntries(Object.entries(schema).filter(([key]) => KEPT.includes(key)));
  if (schema.properties !== undefined)
    return {
      ...kept,
      properties: each(schema.properties, (_, own) => reduce(own)),
      additionalProperties: false,
    };
  if (typeof schema.additionalProperties === 'object')
    return { ...kept, additionalProperties: reduce(schema.additionalProperties) };
  return schema.items === undefined ? kept : { ...kept, items: reduce(schema.items) };
}

function each(properties: Record<string, Schema>, change: (name: string, schema: Schema) => Schema) {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, change(name, schema)]));
}

const [folder = '', commit = ''] = process.argv.slice(2);
const schemas: Record<string, Schema> = {};
for (const name of ['mariadbs', 'databases', 'users', 'grants']) {
  const crd = parse(await readFile(join(folder, `k8s.mariadb.com_${name}.yaml`), 'utf8'));
  const version = crd.spec.versions.find((one: { name: string }) => one.name === 'v1alpha1');
  const spec = reduce(version.schema.openAPIV3Schema.properties.spec);
  if (name === 'mariadbs') {
    const properties = spec.properties ?? {};
    const galera = properties.galera as Schema;
    galera.properties = each(galera.properties ?? {}, (own, schema) =>
      UNCHECKED.includes(own) ? {} : schema,
    );
    spec.properties = each(properties, (own, schema) => (CHECKED.includes(own) ? schema : {}));
  }
  schemas[crd.spec.names.kind] = spec;
}
const source = `https://github.com/mariadb-operator/mariadb-operator/tree/${commit}/config/crd/bases`;
await writeFile(
  MARIADB_OPERATOR_SCHEMAS,
  `${JSON.stringify({ source, license: 'MIT, see LICENSE', apiVersion: 'k8s.mariadb.com/v1alpha1', schemas }, null, 1)}\n`,
);
