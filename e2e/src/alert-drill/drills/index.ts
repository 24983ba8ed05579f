import type { Drill } from '../drill.ts';
import { EVENT_DRILLS } from './events.ts';
import { IDENTITY_DRILLS } from './identity.ts';
import { MONEY_DRILLS } from './money.ts';
import { PROCESS_DRILLS } from './processes.ts';
import { SERVICE_LEVEL_DRILLS } from './service-levels.ts';

/** In their order: the service levels first, while no other fault has used their budgets. */
export const DRILLS: readonly Drill[] = [
  ...SERVICE_LEVEL_DRILLS,
  ...MONEY_DRILLS,
  ...EVENT_DRILLS,
  ...IDENTITY_DRILLS,
  ...PROCESS_DRILLS,
];

/** The alerts that can't be provoked on one machine, and why. */
export const NOT_PROVOKED: Readonly<Record<string, string>> = {
  'GuichetPodCrashLoops warning': 'it reads kube-state-metrics of a cluster',
  'GuichetPodRestarts warning': 'it reads kube-state-metrics of a cluster',
  'GuichetPodNotReady warning': 'it reads kube-state-metrics of a cluster',
  'GuichetBackupOverdue warning': 'it reads kube-state-metrics of a cluster',
  'GuichetVolumeFull critical': 'it reads the kubelets’ metrics of a cluster',
  'GuichetVolumeFills warning': 'it reads the kubelets’ metrics of a cluster',
};
