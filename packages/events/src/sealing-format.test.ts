import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SERVICES, type ServiceName } from '@guichet/contract';
import test from 'ava';
import type { EventKeys } from './event-keys.ts';
import { createEnvelope } from './sealing.ts';

// A second implementation, written from docs/event-sealing.md alone and tested with its vectors.

interface Vector {
  subject: string;
  id: string;
  payload: string;
  sender: ServiceName;
  secretKeys: Record<string, string>;
  boxes: {
    reader: ServiceName;
    ephemeralSecretKey: string;
    ephemeralPublicKey: string;
    sharedSecret: string;
    key: string;
    nonce: string;
  }[];
  message: string;
}

const page = readFileSync(new URL('../../../docs/event-sealing.md', import.meta.url), 'utf8');
const vectors = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, json = '']): Vector => JSON.parse(json));

const hex = (text: string) => Buffer.from(text, 'hex');
const privateKey = (raw: Buffer) =>
  createPrivateKey({
    key: Buffer.concat([hex('302e020100300506032b656e04220420'), raw]),
    format: 'der',
    type: 'pkcs8',
  });
const publicKey = (raw: Buffer) =>
  createPublicKey({
    key: Buffer.concat([hex('302a300506032b656e032100'), raw]),
    format: 'der',
    type: 'spki',
  });
const rawPublic = (key: KeyObject) =>
  createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
const x25519 = (secret: KeyObject, other: Buffer) =>
  diffieHellman({ privateKey: secret, publicKey: publicKey(other) });
const boxKey = (shared: Buffer, ephemeral: Buffer, reader: Buffer, sender: Buffer) =>
  Buffer.from(
    hkdfSync('sha256', shared, Buffer.concat([ephemeral, reader, sender]), 'guichet event seal 2', 32),
  );

test('the specification has a vector with one reader and one with several', (t) => {
  t.deepEqual(
    vectors.map(({ boxes }) => boxes.length),
    [1, 3],
  );
});

for (const vector of vectors) {
  const keyOf = (party: ServiceName) => privateKey(hex(vector.secretKeys[party] as string));
  const aad = Buffer.from(`${vector.subject}\0${vector.id}`);
  const message = hex(vector.message);
  const publicKeys = Object.fromEntries(
    SERVICES.map((party) => {
      const known = vector.secretKeys[party] === undefined ? vector.sender : party;
      return [party, [rawPublic(keyOf(known)).toString('base64url')]];
    }),
  ) as unknown as EventKeys['publicKeys'];
  const envelopeOf = (party: ServiceName) =>
    createEnvelope(party, {
      secretKeys: [hex(vector.secretKeys[party] as string).toString('base64url')],
      publicKeys,
    });

  test(`${vector.subject}: sealing as specified returns the bytes of the vector`, (t) => {
    const parts = [Buffer.from('GS2'), Buffer.from([SERVICES.indexOf(vector.sender), vector.boxes.length])];
    const sender = keyOf(vector.sender);
    for (const box of vector.boxes) {
      const ephemeral = privateKey(hex(box.ephemeralSecretKey));
      t.is(rawPublic(ephemeral).toString('hex'), box.ephemeralPublicKey);
      const reader = rawPublic(keyOf(box.reader));
      const shared = Buffer.concat([x25519(ephemeral, reader), x25519(sender, reader)]);
      t.is(shared.toString('hex'), box.sharedSecret);
      const key = boxKey(shared, rawPublic(ephemeral), reader, rawPublic(sender));
      t.is(key.toString('hex'), box.key);
      const cipher = createCipheriv('aes-256-gcm', key, hex(box.nonce)).setAAD(aad);
      const body = Buffer.concat([
        rawPublic(ephemeral),
        hex(box.nonce),
        cipher.update(vector.payload, 'utf8'),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
      const head = Buffer.alloc(5);
      head.writeUInt8(SERVICES.indexOf(box.reader), 0);
      head.writeUInt32BE(body.length, 1);
      parts.push(head, body);
    }
    t.is(Buffer.concat(parts).toString('hex'), vector.message);
  });

  test(`${vector.subject}: every reader opens the bytes of the vector`, (t) => {
    for (const { reader } of vector.boxes) {
      const opened = envelopeOf(reader).open({ id: vector.id, subject: vector.subject, data: message });
      t.is(opened.data.toString(), vector.payload);
      t.is(opened.sender, vector.sender);
    }
  });

  test(`${vector.subject}: what a service seals can be opened as specified`, (t) => {
    const { id, subject } = vector;
    const sealed = envelopeOf(vector.sender).seal({ id, subject, payload: Buffer.from(vector.payload) });
    t.is(sealed.subarray(0, 3).toString(), 'GS2');
    t.is(sealed[3], SERVICES.indexOf(vector.sender));
    t.is(sealed[4], vector.boxes.length);
    t.is(sealed.length, message.length);
    let at = 5;
    for (const { reader } of vector.boxes) {
      t.is(sealed[at], SERVICES.indexOf(reader));
      const length = sealed.readUInt32BE(at + 1);
      const body = sealed.subarray(at + 5, at + 5 + length);
      at += 5 + length;
      const [ephemeral, nonce] = [body.subarray(0, 32), body.subarray(32, 44)];
      const sender = rawPublic(keyOf(vector.sender));
      const shared = Buffer.concat([x25519(keyOf(reader), ephemeral), x25519(keyOf(reader), sender)]);
      const key = boxKey(shared, ephemeral, rawPublic(keyOf(reader)), sender);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(aad);
      decipher.setAuthTag(body.subarray(-16));
      t.is(
        decipher.update(body.subarray(44, -16), undefined, 'utf8') + decipher.final('utf8'),
        vector.payload,
      );
    }
    t.is(at, sealed.length);
  });
}
