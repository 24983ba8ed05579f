import test from 'ava';
import { DRILLS, NOT_PROVOKED } from './alert-drill/drills/index.ts';
import { runDrills } from './alert-drill/run-drill.ts';
import { openWorld, type World } from './alert-drill/world.ts';

/** Short ones, of different kinds: a dependency, a process, a message, and an objective. */
const SHORT = [
  'GuichetMailServerDown',
  'GuichetServiceDown critical',
  'GuichetDeadLetters',
  'GuichetOutboxDeadLetters',
  'GuichetReconciliationOverdue',
];

let world: World;
test.before(async (t) => {
  t.timeout(300_000);
  world = await openWorld();
});
test.after.always(() => world?.stop());

// The whole drill: npm run test:alerts
test.serial('alerts fire in a running bank, and end once their runbooks have been followed', async (t) => {
  t.timeout(800_000);
  const drills = DRILLS.filter(({ alerts }) =>
    alerts.every((alert) => SHORT.some((part) => alert.includes(part))),
  );
  t.is(drills.length, SHORT.length);
  const results = await runDrills(world, drills, (text) => t.log(text), { waitsForSlowBurns: false });
  for (const { alert, failure, firedAfterMs, resolvedAfterMs } of results) {
    t.is(failure, null, alert);
    t.not(firedAfterMs, null, alert);
    // That of the objective stays for minutes.
    if (!alert.startsWith('GuichetReconciliationOverdue')) t.not(resolvedAfterMs, null, alert);
  }
});

test.serial('every alert of the chart is drilled, or named as one that cannot be', async (t) => {
  const reply = await fetch(`${world.prometheus.url}/api/v1/rules?type=alert`);
  const { data } = (await reply.json()) as {
    data: { groups: { rules: { name: string; labels: { severity: string } }[] }[] };
  };
  const alerts = data.groups.flatMap(({ rules }) =>
    rules.map(({ name, labels }) => `${name} ${labels.severity}`),
  );
  const known = [...DRILLS.flatMap((drill) => drill.alerts), ...Object.keys(NOT_PROVOKED)];
  t.deepEqual([...new Set(alerts)].sort(), [...new Set(known)].sort());
});
