import { natsSettings, processSettings, streamSettings } from '@guichet/config';
import { keepStreams } from '@guichet/events';
import { startProcessWithoutEvents, watchBroker } from '@guichet/process';

// The only process that may create streams and consumers: it creates those that are missing, and creates them again if NATS loses them.
const streams = await startProcessWithoutEvents({
  name: 'streams',
  settings: { ...processSettings, ...natsSettings, ...streamSettings },
});
const { settings, log, keep } = streams;
watchBroker(keep('streams', keepStreams({ settings, log })));
streams.started();
