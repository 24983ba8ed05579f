import { natsSettings, processSettings, streamSettings } from '@guichet/config';
import { keepStreams } from '@guichet/events';
import { startProcessWithoutEvents, watchBroker } from '@guichet/process';

// The only process that may create streams and consumers. It creates what is missing, also when NATS loses it later.
const streams = await startProcessWithoutEvents({
  name: 'streams',
  settings: { ...processSettings, ...natsSettings, ...streamSettings },
});
const { settings, log, keep } = streams;
watchBroker(keep('streams', keepStreams({ settings, log })));
streams.started();
