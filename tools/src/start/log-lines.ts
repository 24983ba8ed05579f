// pino-pretty does not fit: it formats only pino's lines, and here the level decides whether a line is shown, each line stays one line, and
// those of MariaDB and NATS look the same.
/** A line of the bank's combined log. */
export interface LogLine {
  level: 'debug' | 'info' | 'warn' | 'error';
  text: string;
}

const COLOURS = { red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36, grey: 90 } as const;
type Colour = keyof typeof COLOURS;

/** One colour per process, to tell them apart. */
const COLOUR_OF: Readonly<Record<string, Colour>> = {
  auth: 'magenta',
  accounts: 'green',
  logging: 'cyan',
  mailer: 'yellow',
  frontend: 'blue',
};
const LEVEL_COLOUR: Readonly<Record<LogLine['level'], Colour | null>> = {
  debug: 'grey',
  info: null,
  warn: 'yellow',
  error: 'red',
};

/** Fields that every line has, or that are rarely useful. */
const PLUMBING = new Set([
  'level',
  'time',
  'service',
  'msg',
  'pid',
  'hostname',
  'v',
  'user_agent',
  'trace_id',
  'span_id',
]);
const LONGEST_FIELDS = 160;

/**
 * Parses a line of a process: pino's JSON, or the format of one of the servers. Returns null for lines that are not worth showing.
 */
export function readLine(
  process: string,
  raw: string,
  stream: 'stdout' | 'stderr' = 'stdout',
): LogLine | null {
  if (raw.startsWith('{')) {
    const line = readPino(raw);
    if (line !== null) return line;
  }
  const kind = process.replace(/-\d+$/, '');
  if (kind === 'database') return readDatabase(raw);
  if (kind === 'nats') return readNats(raw);
  return raw.trim() === '' ? null : { level: stream === 'stderr' ? 'error' : 'info', text: raw };
}

function readPino(raw: string): LogLine | null {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(raw) as Record<string, unknown>;
  } catch {
    return null;
  }
  const message = typeof fields.msg === 'string' ? fields.msg : '';
  const rest = Object.entries(fields)
    .filter(([name]) => !PLUMBING.has(name))
    .map(([name, value]) => field(name, value))
    .filter((text) => text !== '')
    .join(' ');
  const short = rest.length > LONGEST_FIELDS ? `${rest.slice(0, LONGEST_FIELDS - 1)}…` : rest;
  // Never cut off, because it finds the lines of other processes.
  const trace = field('trace_id', fields.trace_id);
  return {
    level: levelOf(fields.level),
    text: [message, short, trace].filter((text) => text !== '').join('  '),
  };
}

function field(name: string, value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'object') return `${name}=${String(value)}`;
  const { message, error_code: code } = value as { message?: unknown; error_code?: unknown };
  if (typeof message === 'string')
    return `${name}=${JSON.stringify(message)}${code ? ` (${String(code)})` : ''}`;
  return `${name}=${JSON.stringify(value)}`;
}

function levelOf(level: unknown): LogLine['level'] {
  const text = typeof level === 'number' ? (level >= 50 ? 'error' : level >= 40 ? 'warn' : 'info') : level;
  if (text === 'fatal' || text === 'error') return 'error';
  if (text === 'warn') return 'warn';
  return text === 'debug' || text === 'trace' ? 'debug' : 'info';
}

/** Warnings that a private server always prints and that need no action. */
const IDLE_WARNINGS = [
  'max_open_files',
  'skip-name-resolve mode',
  'Plaintext passwords',
  'Aborted connection',
  'io_uring',
  'TLS handshake error',
];

function readDatabase(raw: string): LogLine | null {
  const found = /\[(Note|System|Warning|ERROR|Error)\]\s*(.*)$/.exec(raw);
  if (found === null || IDLE_WARNINGS.some((text) => raw.includes(text))) return null;
  const text = found[2] ?? '';
  if (/^error$/i.test(found[1] ?? '')) return { level: 'error', text };
  return found[1] === 'Warning' ? { level: 'warn', text } : null;
}

function readNats(raw: string): LogLine | null {
  const found = /\[(INF|WRN|ERR|FTL|DBG)\]\s*(.*)$/.exec(raw);
  if (found === null) return raw.startsWith('nats-server:') ? { level: 'error', text: raw } : null;
  if (IDLE_WARNINGS.some((text) => raw.includes(text))) return null;
  const text = found[2] ?? '';
  if (found[1] === 'ERR' || found[1] === 'FTL') return { level: 'error', text };
  return found[1] === 'WRN' ? { level: 'warn', text } : null;
}

/** Whether to colour: on a terminal, unless NO_COLOR (no-color.org) is set. */
export function wantsColour(stream: { isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb';
}

/** The printed form of a line: time, process, text. */
export function printable(process: string, line: LogLine, options: { colour: boolean; now?: Date }): string {
  const time = (options.now ?? new Date()).toTimeString().slice(0, 8);
  const paint = (text: string, colour: Colour | null): string =>
    options.colour && colour !== null ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text;
  const mark = line.level === 'warn' || line.level === 'error' ? `${line.level.toUpperCase()} ` : '';
  const name = paint(process.padEnd(8), COLOUR_OF[process] ?? 'grey');
  return `${paint(time, 'grey')} ${name} ${paint(`${mark}${line.text}`, LEVEL_COLOUR[line.level])}`;
}
