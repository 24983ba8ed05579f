import { execa } from 'execa';
import { StopSentence } from '../stop-sentence.ts';

/** A program that builds and keeps images. */
export type Engine = 'docker' | 'podman';

const ENGINES: readonly Engine[] = ['docker', 'podman'];

/** The first of docker and podman that answers; `CONTAINER_ENGINE` names one. @throws StopSentence where there is none */
export async function findEngine(environment: NodeJS.ProcessEnv = process.env): Promise<Engine> {
  const asked = environment.CONTAINER_ENGINE;
  if (asked && !ENGINES.includes(asked as Engine)) {
    throw new StopSentence(`CONTAINER_ENGINE is "${asked}"; it can be docker or podman.`);
  }
  for (const engine of asked ? [asked as Engine] : ENGINES) {
    const { exitCode } = await execa(engine, ['info'], { reject: false, stdio: 'ignore' });
    if (exitCode === 0) return engine;
  }
  throw new StopSentence(
    asked
      ? `${asked} does not answer: is it installed, and does its service run?`
      : 'Neither docker nor podman answers: images need one of them.',
  );
}
