/** The levels of the lines that processes write to stdout, lowest first. The levels of audit entries are `LOG_LEVELS`. */
export const LINE_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LineLevel = (typeof LINE_LEVELS)[number];
