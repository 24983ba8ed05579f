import { natsSettings, readSettings, serverSettings } from '@guichet/config';
import { keepStreams } from '@guichet/events';
import { createHealth, listenAdmin, runService } from '@guichet/http';
import { createLog } from '@guichet/log';

// The only process that may create streams and consumers: it creates those that are missing, and creates them again if NATS loses them.
const log = createLog({ service: 'streams', level: process.env.LOG_LEVEL || 'info' });

runService(log, async (life) => {
  const settings = readSettings({ ...serverSettings, ...natsSettings });
  const health = createHealth(async () => []);
  life.drains(health);
  const admin = await listenAdmin(settings, health);
  life.onStop('admin port', () => admin.close());
  const keeping = keepStreams({ settings, log });
  life.onStop('streams', () => keeping.stop());
  health.started = true;
  log.info({ admin_port: admin.port }, 'streams keeper started');
});
