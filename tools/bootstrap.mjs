// The entry point of every command (npm start, npm test, …). It runs on any Node from 18 on and uses only built-in modules: it installs
// node_modules as package-lock.json describes, then runs the command on the Node 24 in node_modules.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The workspace of each command: `src/commands/<command>.ts` there. */
const COMMANDS = {
  start: 'tools',
  'start-cluster': 'tools',
  dev: 'tools',
  reset: 'tools',
  test: 'tools',
  check: 'tools',
  format: 'tools',
  build: 'tools',
  images: 'tools',
  'kind-up': 'tools',
  'minikube-up': 'tools',
  metrics: 'tools',
  'log-actions': 'tools',
  lock: 'tools',
  charts: 'tools',
  'mariadb-operator-schema': 'tools',
  settings: 'tools',
  screenshots: 'frontend',
  reconcile: 'tools',
  admin: 'tools',
  keys: 'tools',
  log: 'tools',
  secrets: 'tools',
  backup: 'tools',
  restore: 'tools',
  republish: 'tools',
  outbox: 'tools',
  'test-model': 'tools',
  'test-crash': 'e2e',
  'test-faults': 'e2e',
  'test-alerts': 'e2e',
  'test-failover': 'e2e',
  'test-cluster': 'e2e',
  'inbox-session': 'e2e',
  'bank-day': 'e2e',
  trace: 'e2e',
  bench: 'bench',
  'bench-lists': 'bench',
  'bench-pages': 'bench',
  'bench-sizing': 'bench',
  'bench-tracing': 'bench',
  'bench-interest': 'bench',
  'bench-reconciliation': 'bench',
  'bench-growth': 'bench',
  'bench-capacity': 'bench',
};
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const stampFile = join(modules, '.guichet-stamp');
const node = join(modules, '.bin', 'node');

const [command, ...rest] = process.argv.slice(2);
if (!Object.hasOwn(COMMANDS, command ?? '')) {
  fail(`Unknown command "${command ?? ''}". Commands: ${Object.keys(COMMANDS).join(', ')}.`);
}
if (process.platform === 'win32') fail('Guichet runs on Linux and macOS. On Windows, use WSL.');
await installPackages().catch((error) => {
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT')
    fail('The disk is full. Free some space and try again.');
  if (error.code === 'EACCES' || error.code === 'EROFS')
    fail(`Cannot write ${error.path}. Check who owns the folder.`);
  throw error;
});
run(join(root, COMMANDS[command], 'src', 'commands', `${command}.ts`), rest);

async function installPackages() {
  const wanted = stamp();
  if (isInstalled(wanted)) return;
  const release = await takeInstallLock();
  try {
    if (isInstalled(wanted)) return;
    const fresh = !existsSync(modules);
    const began = Date.now();
    say(
      fresh
        ? 'Installing the npm packages (only once, about half a minute) …'
        : 'Updating the npm packages …',
    );
    // An existing folder is updated in place, because other commands may be running from it.
    const { code, output } = await npm(fresh ? ['ci'] : ['install', '--no-save']);
    if (code !== 0) {
      process.stderr.write(`${output}\n`);
      fail(
        explain(output) ?? `npm could not install the packages (exit code ${code}). See its output above.`,
      );
    }
    if (!existsSync(node))
      fail('npm installed the packages, but not Node 24 (package "node"). Are install scripts disabled?');
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
  if (!matchesLock()) return false;
  writeFileSync(stampFile, wanted);
  return true;
}

/** Whether the installed packages match package-lock.json, for example after `npm install` was run by hand. */
function matchesLock() {
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

function explain(output) {
  if (output.includes('ENOSPC')) return 'The disk is full, so npm could not write the packages.';
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT/.test(output))
    return 'Cannot reach the npm registry, and the packages are not installed yet.';
  return undefined;
}

/** If two commands start at once on a fresh clone, the second waits while the first installs. */
async function takeInstallLock() {
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

/** Whether the process that wrote the lock still runs. A new lock may still be empty: its process gets 5 s to write its id. */
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

/** Runs the command on Node 24, forwards signals to it, and exits with its exit code. */
function run(file, args) {
  const child = spawn(node, [file, ...args], {
    cwd: root,
    // No messages are sent: the command notices that this process is gone when the channel closes, even after SIGKILL.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: {
      ...process.env,
      PATH: [join(modules, '.bin'), process.env.PATH].join(delimiter),
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, '.cache', 'node'),
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  if (process.env.npm_lifecycle_event !== undefined) endWithParent(child);
  child.on('error', (error) => fail(`Node 24 could not start: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}

/** npm forwards signals, but not SIGKILL. */
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
