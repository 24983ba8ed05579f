// A relay in its own process, which stops itself. Arguments: the settings of the database, those of NATS, the streams, and how it stops:
// `kill 33` ends it after 33 messages, which JetStream has but which are not marked as published; `freeze users.` suspends it right before it
// publishes on a subject that starts like this, and it prints what came of that message.
import { writeSync } from 'node:fs';
import { openDatabase } from '@guichet/database';
import { type Broker, connectBroker } from '@guichet/events';
import { silentLog } from '@guichet/log';
import { startRelay } from './relay.ts';

const [database = '', nats = '', streams = '', how = '', when = ''] = process.argv.slice(2);
const broker = connectBroker({
  name: 'dying',
  settings: JSON.parse(nats),
  streams: JSON.parse(streams),
  log: silentLog,
});
let published = 0;
const stopping: Broker = {
  ...broker,
  async publish(message) {
    const isLast = how === 'freeze' && message.subject.startsWith(when);
    if (isLast) process.kill(process.pid, 'SIGSTOP');
    const publication = broker.publish(message);
    if (isLast) {
      const outcome = await publication.then(
        () => 'stored',
        (error: Error) => error.name,
      );
      writeSync(1, `${outcome}\n`);
    }
    const sequence = await publication;
    published += 1;
    if (how === 'kill' && published === Number(when)) process.kill(process.pid, 'SIGKILL');
    return sequence;
  },
};
startRelay({
  db: openDatabase(JSON.parse(database), silentLog),
  broker: stopping,
  log: silentLog,
  maxBatch: 20,
});
