import { UserError } from '@guichet/cli';
import { execa } from 'execa';

/** A program that builds and stores images. */
export type Engine = 'docker' | 'podman';

const ENGINES: readonly Engine[] = ['docker', 'podman'];

/** `CONTAINER_ENGINE`, or the first of docker and podman that works. @throws UserError if none works */
export async function findEngine(environment: NodeJS.ProcessEnv = process.env): Promise<Engine> {
  const requested = environment.CONTAINER_ENGINE;
  if (requested && !ENGINES.includes(requested as Engine)) {
    throw new UserError(`CONTAINER_ENGINE is "${requested}", but must be docker or podman.`);
  }
  for (const engine of requested ? [requested as Engine] : ENGINES) {
    const { exitCode } = await execa(engine, ['info'], { reject: false, stdio: 'ignore' });
    if (exitCode === 0) return engine;
  }
  throw new UserError(
    requested
      ? `${requested} does not work. Is it installed, and is its service running?`
      : 'Building images needs docker or podman, but neither works here.',
  );
}
