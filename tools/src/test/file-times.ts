/** The environment variable with the file to which every test file appends its time. */
export const FILE_TIMES_VARIABLE = 'TEST_FILE_TIMES';

export interface FileTime {
  /** Relative to the project. */
  file: string;
  /** From before the file was loaded until its last hook had ended. */
  ms: number;
}

export function fileTimeLine(time: FileTime): string {
  return `${JSON.stringify(time)}\n`;
}

/** A printed line for each of the `count` files that took longest, of the lines that the files wrote. */
export function slowestFiles(written: string, count = 10): string[] {
  const times: FileTime[] = written
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  return times
    .sort((one, other) => other.ms - one.ms)
    .slice(0, count)
    .map(({ file, ms }) => `${(ms / 1000).toFixed(1).padStart(6)} s  ${file}`);
}
