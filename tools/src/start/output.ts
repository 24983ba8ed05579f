import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { SERVICES } from '@guichet/contract';
import { type LogLine, printable, wantsColour } from './log-lines.ts';

/** Where the output of a bank goes. */
export interface Output {
  /** Prints a message of the supervisor. */
  say(text: string): void;
  /** Prints a log line of a process. */
  log(process: string, line: LogLine): void;
  close(): Promise<void>;
}

/** Writes to the terminal; only warnings and errors while `isQuiet()`. */
export function terminalOutput(stream: NodeJS.WriteStream, isQuiet: () => boolean): Output {
  const colour = wantsColour(stream, process.env);
  return {
    say(text) {
      stream.write(`${text}\n`);
    },
    log(name, line) {
      if (isQuiet() && (line.level === 'debug' || line.level === 'info')) return;
      stream.write(`${printable(name, line, { colour })}\n`);
    },
    async close() {},
  };
}

/** Writes everything to a file; for banks that tests start. */
export function fileOutput(file: string): Output {
  const stream = createWriteStream(file, { flags: 'a', mode: 0o600 });
  return {
    say(text) {
      stream.write(`${text}\n`);
    },
    log(name, line) {
      stream.write(`${printable(name, line, { colour: false })}\n`);
    },
    async close() {
      stream.end();
      await finished(stream);
    },
  };
}

/**
 * Writes everything to a file, and to the terminal only what the services warn about once they run: the nodes of a cluster warn about each
 * other whenever they start, and a line about each node says what they do.
 */
export function clusterOutput(stream: NodeJS.WriteStream, file: string, isQuiet: () => boolean): Output {
  const terminal = terminalOutput(stream, () => true);
  const all = fileOutput(file);
  return {
    say(text) {
      terminal.say(text);
      all.say(text);
    },
    log(name, line) {
      all.log(name, line);
      if (!isQuiet() && SERVICES.some((service) => name.startsWith(service))) terminal.log(name, line);
    },
    close: () => all.close(),
  };
}
