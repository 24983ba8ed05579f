import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { type LogLine, printable, wantsColour } from './log-lines.ts';

/** Where a bank's words go. */
export interface Output {
  /** A word to the person who started it. */
  say(text: string): void;
  /** A line of one of the processes. */
  log(process: string, line: LogLine): void;
  close(): Promise<void>;
}

/** To the terminal; `isQuiet` tells when only warnings and errors are wanted. */
export function terminalOutput(stream: NodeJS.WriteStream, isQuiet: () => boolean): Output {
  const colour = wantsColour(stream, process.env);
  return {
    say(text) {
      stream.write(`${text}\n`);
    },
    log(name, line) {
      if (line.level === 'debug' || (isQuiet() && line.level === 'info')) return;
      stream.write(`${printable(name, line, { colour })}\n`);
    },
    async close() {},
  };
}

/** To a file, everything: for banks that tests start. */
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
