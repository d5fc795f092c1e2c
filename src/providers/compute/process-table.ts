import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How often a process that is not our child is looked at while we wait for its end. */
const pollMs = 50;
const psTimeoutMs = 5_000;

type ProcessFacts = { pid: number; parent: number; isDead: boolean; startTicks: string };

/**
 * Tells a process from a later one with the same number: its start time since boot, and the boot.
 * @returns null when there is no such process, or only its unburied remains
 */
export async function birthMarkOf(pid: number): Promise<string | null> {
  if (process.platform !== 'linux') return await birthMarkFromPs(pid);
  const facts = await readFacts(pid);
  if (facts === null || facts.isDead) return null;
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return `${boot.trim()}:${facts.startTicks}`;
}

/**
 * Kills the process, its process group, everybody below it, and whoever has `home` as HOME: a script's helper that
 * left its family still has the run's own HOME. Repeats until nobody is left.
 * @returns false when somebody outlived `patienceMs`
 */
export async function killFamily(
  root: { pid: number; birthMark: string } | null,
  home: string,
  patienceMs: number,
): Promise<boolean> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const isAlive = root !== null && (await birthMarkOf(root.pid)) === root.birthMark;
    const family = isAlive ? await descendantsOf(root.pid) : [];
    const strays = await processesWithHome(home);
    if (!isAlive && strays.length === 0) return true;
    // The family is listed before its head dies: afterwards nothing says that they belong together.
    if (isAlive) send(-root.pid, 'SIGKILL');
    for (const pid of [...family, ...strays]) send(pid, 'SIGKILL');
    if (isAlive) send(root.pid, 'SIGKILL');
    if (performance.now() > giveUpAt) return false;
    await sleep(pollMs);
  }
}

/** @returns true when the process ended within `patienceMs` */
export async function waitForEnd(
  pid: number,
  birthMark: string,
  patienceMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const giveUpAt = performance.now() + patienceMs;
  while ((await birthMarkOf(pid)) === birthMark) {
    if (performance.now() > giveUpAt) return false;
    await sleep(pollMs, undefined, signal === undefined ? {} : { signal });
  }
  return true;
}

/** A signal to one process, or with a negative number to a group. One that is gone already is no error. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // ESRCH: gone. EPERM: the number now belongs to somebody else's process.
  }
}

async function birthMarkFromPs(pid: number): Promise<string | null> {
  const options = { timeout: psTimeoutMs };
  const answer = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], options).catch(() => null);
  const line = answer?.stdout.trim() ?? '';
  return line === '' || line.startsWith('Z') ? null : line.replace(/^\S+\s+/, '');
}

async function readFacts(pid: number): Promise<ProcessFacts | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  // The name in parentheses may itself hold blanks and parentheses. Source: proc(5), fields 3, 4 and 22.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = 'X', parent = '0'] = fields;
  return {
    pid,
    parent: Number(parent),
    isDead: state === 'Z' || state === 'X',
    startTicks: fields[19] ?? '',
  };
}

async function allPids(): Promise<number[]> {
  const names = await readdir('/proc').catch((): string[] => []);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

async function descendantsOf(pid: number): Promise<number[]> {
  const children = new Map<number, number[]>();
  for (const candidate of await allPids()) {
    const facts = await readFacts(candidate);
    if (facts !== null) children.set(facts.parent, [...(children.get(facts.parent) ?? []), candidate]);
  }
  const found: number[] = [];
  const waiting = [pid];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const below = children.get(next) ?? [];
    found.push(...below);
    waiting.push(...below);
  }
  return found;
}

async function processesWithHome(home: string): Promise<number[]> {
  const found: number[] = [];
  for (const pid of await allPids()) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (!environment.split('\0').includes(`HOME=${home}`)) continue;
    const facts = await readFacts(pid);
    if (facts !== null && !facts.isDead) found.push(pid);
  }
  return found;
}
