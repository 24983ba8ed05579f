// The door to every command of the house (npm start, npm test, …). It runs on whatever Node came with npm and uses only
// what that has built in: it sees to it that node_modules fits package-lock.json, then hands over to the Node 24 in there.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The workspace of each command: `src/commands/<command>.ts` there. */
const COMMANDS = {
  start: 'tools',
  dev: 'tools',
  reset: 'tools',
  test: 'tools',
  check: 'tools',
  format: 'tools',
  build: 'tools',
  images: 'tools',
  metrics: 'tools',
  lock: 'tools',
  charts: 'tools',
  settings: 'tools',
  reconcile: 'tools',
  'test-model': 'tools',
  'test-crash': 'e2e',
  'test-cluster': 'e2e',
  bench: 'bench',
  'bench-lists': 'bench',
};
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const stampFile = join(modules, '.guichet-stamp');
const node = join(modules, '.bin', 'node');

const [command, ...rest] = process.argv.slice(2);
if (!Object.hasOwn(COMMANDS, command ?? '')) {
  fail(`There is no command "${command ?? ''}". There are: ${Object.keys(COMMANDS).join(', ')}.`);
}
if (process.platform === 'win32') fail('Guichet runs on Linux and macOS; on Windows use WSL.');
await installPackages().catch((error) => {
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT')
    fail('The disk is full: free some space, then start again.');
  if (error.code === 'EACCES' || error.code === 'EROFS')
    fail(`npm's packages may not be written here (${error.path}): see who owns the folder.`);
  throw error;
});
run(join(root, COMMANDS[command], 'src', 'commands', `${command}.ts`), rest);

async function installPackages() {
  const wanted = stamp();
  if (isInstalled(wanted)) return;
  const release = await onlyOne();
  try {
    if (isInstalled(wanted)) return;
    const fresh = !existsSync(modules);
    const began = Date.now();
    say(
      fresh
        ? 'Installing the npm packages (once; about half a minute) …'
        : 'Bringing the npm packages up to date …',
    );
    // A folder that is there already is brought up to date in place: others may be running from it.
    const { code, output } = await npm(fresh ? ['ci'] : ['install', '--no-save']);
    if (code !== 0) {
      process.stderr.write(`${output}\n`);
      fail(
        oneSentence(output) ?? `npm could not install the packages (exit code ${code}); its words are above.`,
      );
    }
    if (!existsSync(node))
      fail('npm installed the packages but not Node 24 (package "node"): are install scripts switched off?');
    writeFileSync(stampFile, wanted);
    say(`Installed the npm packages in ${Math.round((Date.now() - began) / 1000)} s.`);
  } finally {
    release();
  }
}

/** What the installed packages depend on. */
function stamp() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform} ${process.arch}\n`;
}

function isInstalled(wanted) {
  if (!existsSync(node)) return false;
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return true;
  if (!fitsLock()) return false;
  writeFileSync(stampFile, wanted);
  return true;
}

/** Whether what npm says it installed (by hand, perhaps) is what package-lock.json asks for. */
function fitsLock() {
  try {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
    const installed = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')).packages;
    return Object.entries(lock).every(
      ([path, entry]) =>
        !path.includes('node_modules/') ||
        entry.optional ||
        entry.peer ||
        installed[path]?.version === entry.version,
    );
  } catch {
    return false;
  }
}

function npm(args) {
  const quiet = ['--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
  const cli = process.env.npm_execpath;
  const [program, first] = cli?.endsWith('.js') ? [process.execPath, [cli]] : ['npm', []];
  return new Promise((resolve) => {
    const child = spawn(program, [...first, ...args, ...quiet], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
    child.on('error', (error) => resolve({ code: 1, output: String(error) }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

function oneSentence(output) {
  if (output.includes('ENOSPC')) return 'The disk is full: npm could not write the packages.';
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT/.test(output))
    return 'The npm registry cannot be reached; the packages have to be fetched once.';
  return undefined;
}

/** Two commands on a fresh clone at once: the second waits for the first to install. */
async function onlyOne() {
  const lock = join(root, '.cache', 'installing');
  mkdirSync(dirname(lock), { recursive: true });
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return () => rmSync(lock, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (isHeld(lock)) await new Promise((resolve) => setTimeout(resolve, 300));
      else rmSync(lock, { force: true });
    }
  }
}

/** Whether whoever wrote the lock still runs; one that is about to write its number has a moment. */
function isHeld(lock) {
  try {
    const holder = Number(readFileSync(lock, 'utf8'));
    return holder > 0 ? isAlive(holder) : Date.now() - statSync(lock).mtimeMs < 5_000;
  } catch {
    return false;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Runs the command on Node 24, with our signals, and leaves with its exit code. */
function run(file, args) {
  const child = spawn(node, [file, ...args], {
    cwd: root,
    // The channel carries nothing: its end tells the command that this process is gone, however it went.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: {
      ...process.env,
      PATH: [join(modules, '.bin'), process.env.PATH].join(delimiter),
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, '.cache', 'node'),
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  if (process.env.npm_lifecycle_event !== undefined) endWithParent(child);
  child.on('error', (error) => fail(`Node 24 does not start: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}

/** npm passes signals on, but cannot when it is killed outright. */
function endWithParent(child) {
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || child.kill('SIGTERM'), 500).unref();
}

function say(text) {
  process.stdout.write(`${text}\n`);
}

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
