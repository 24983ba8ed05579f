import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { duplexPair } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { readTls } from '@guichet/certificates';

/** A proxy in front of a MySQL server without TLS. Clients connect to it with TLS; its certificate is in `directory`. */
export async function startTlsFront(server: { host: string; port: number }, directory: string) {
  const sockets = new Set<Socket>();
  const front = createServer((client) => {
    const upstream = connect(server.port, server.host);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
        sockets.delete(socket);
      });
    }
    relay(client, upstream, directory);
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  return {
    port: (front.address() as AddressInfo).port,
    connections: () => sockets.size / 2,
    close() {
      front.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const CLIENT_SSL = 0x800;

/** Adds the TLS step to the handshake between a client and a server without TLS, so the packets between them are numbered one higher. */
function relay(client: Socket, upstream: Socket, directory: string): void {
  let secure: TLSSocket | null = null;
  let authenticating = true;

  const fromServer = packetReader((packet) => {
    if (secure === null) return void client.write(offeringTls(packet));
    if (authenticating) {
      authenticating = packet[4] !== 0x00 && packet[4] !== 0xff;
      packet[3] = (packet[3] ?? 0) + 1;
    }
    secure.write(packet);
  });
  upstream.on('data', fromServer);

  client.once('data', (chunk: Buffer) => {
    const [outer, inner] = duplexPair();
    // The client does not wait: its hello may arrive with the packet that requests TLS.
    outer.write(chunk.subarray(4 + chunk.readUIntLE(0, 3)));
    client.pipe(outer).pipe(client);
    secure = new TLSSocket(inner, { isServer: true, ...readTls(directory) });
    secure.on('error', () => client.destroy());
    let isFirst = true;
    const fromClient = packetReader((packet) => {
      if (isFirst) packet.writeUInt32LE((packet.readUInt32LE(4) & ~CLIENT_SSL) >>> 0, 4);
      if (authenticating) packet[3] = (packet[3] ?? 0) - 1;
      isFirst = false;
      upstream.write(packet);
    });
    secure.on('data', fromClient);
  });
}

/** The server's greeting with the capability added: protocol, version text, thread, 8 bytes of salt, a zero, capabilities. */
function offeringTls(greeting: Buffer): Buffer {
  const at = greeting.indexOf(0, 5) + 1 + 4 + 8 + 1;
  greeting.writeUInt16LE(greeting.readUInt16LE(at) | CLIENT_SSL, at);
  return greeting;
}

/** Passes on whole packets: three bytes of length, one of sequence, and the payload. */
function packetReader(take: (packet: Buffer) => void): (chunk: Buffer) => void {
  let held = Buffer.alloc(0);
  return (chunk) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 4 && held.length >= 4 + held.readUIntLE(0, 3)) {
      const end = 4 + held.readUIntLE(0, 3);
      take(Buffer.from(held.subarray(0, end)));
      held = held.subarray(end);
    }
  };
}
