import { UserError } from '@guichet/cli';
import { execa } from 'execa';

/** A program that builds and keeps images. */
export type Engine = 'docker' | 'podman';

const ENGINES: readonly Engine[] = ['docker', 'podman'];

/** The first of docker and podman that answers; `CONTAINER_ENGINE` names one. @throws UserError where there is none */
export async function findEngine(environment: NodeJS.ProcessEnv = process.env): Promise<Engine> {
  const asked = environment.CONTAINER_ENGINE;
  if (asked && !ENGINES.includes(asked as Engine)) {
    throw new UserError(`CONTAINER_ENGINE is "${asked}"; it can be docker or podman.`);
  }
  for (const engine of asked ? [asked as Engine] : ENGINES) {
    const { exitCode } = await execa(engine, ['info'], { reject: false, stdio: 'ignore' });
    if (exitCode === 0) return engine;
  }
  throw new UserError(
    asked
      ? `${asked} does not answer: is it installed, and does its service run?`
      : 'Neither docker nor podman answers: images need one of them.',
  );
}
