// A relay in its own process, which kills itself after publishing a number of messages: JetStream has them, but they are
// not marked as published. Arguments: the settings of the database, those of NATS, and the number.
import { openDatabase } from '@guichet/database';
import { type Broker, connectBroker } from '@guichet/events';
import { silentLog } from '@guichet/log';
import { startRelay } from './relay.ts';

const [database = '', nats = '', killAfter = '0'] = process.argv.slice(2);
const broker = connectBroker({ name: 'dying', settings: JSON.parse(nats), streams: ['LOG'], log: silentLog });
let published = 0;
const counting: Broker = {
  ...broker,
  async publish(message) {
    await broker.publish(message);
    published += 1;
    if (published === Number(killAfter)) process.kill(process.pid, 'SIGKILL');
  },
};
startRelay({
  db: openDatabase(JSON.parse(database), silentLog),
  broker: counting,
  log: silentLog,
  maxBatch: 20,
});
