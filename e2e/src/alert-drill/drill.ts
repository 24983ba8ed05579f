import type { World } from './world.ts';

/** Ends a fault. */
export type Undo = () => Promise<unknown>;

/** A fault, the alerts that it must raise, and what the runbook's reader does about it. */
export interface Drill {
  /** As a sentence without a full stop, for the table. */
  fault: string;
  /** Name and severity of each alert, separated by a space. */
  alerts: readonly string[];
  provoke(world: World): Promise<Undo>;
  /**
   * Follows the page to its end; `undo` ends what stands for the outside world, such as an operator of another system who repairs it. Without it, the drill only
   * undoes the fault.
   */
  follow?(world: World, undo: Undo): Promise<unknown>;
  /** What the reader does besides the page's commands. */
  repair: string;
  /** How long to wait for the alerts. */
  withinMs?: number;
  /** Whether the alert takes so long that other drills run meanwhile. */
  isSlow?: boolean;
}
