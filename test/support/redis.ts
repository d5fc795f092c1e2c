import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Redis } from 'ioredis';
import { onTestFinished, vi } from 'vitest';
import { freePort } from './free-port.ts';

const oldest = [6, 2] as const;

/** Path of a redis-server on this machine that the agent can use; null where there is none. */
export function findRedisServer(): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'];
  const path = folders.map((folder) => join(folder, 'redis-server')).find((each) => existsSync(each));
  return path !== undefined && isNewEnough(path) ? path : null;
}

function isNewEnough(path: string): boolean {
  try {
    const [, major, minor] =
      /v=(\d+)\.(\d+)/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' })) ?? [];
    return Number(major) > oldest[0] || (Number(major) === oldest[0] && Number(minor) >= oldest[1]);
  } catch {
    return false;
  }
}

export type TestRedis = {
  url: string;
  port: number;
  pid: number | undefined;
  /** Kills it. */
  stop(): Promise<void>;
};

/** A real Redis on a free port that keeps nothing on disk; it ends with the test. */
export async function startRedis(
  binary: string,
  port?: number,
  options: {
    args?: readonly string[];
    password?: string;
    /** Paths of a certificate and its key; then it speaks TLS only. */
    tls?: { cert: string; key: string };
  } = {},
): Promise<TestRedis> {
  const chosen = port ?? (await freePort());
  const { password, tls } = options;
  const child = await spawnRedis(binary, chosen, [
    ...(password === undefined ? [] : ['--requirepass', password]),
    ...(tls === undefined ? [] : tlsArguments(chosen, tls)),
    ...(options.args ?? []),
  ]);
  const scheme = tls === undefined ? 'redis' : 'rediss';
  const url = `${scheme}://${password === undefined ? '' : `:${password}@`}127.0.0.1:${chosen}`;
  await waitForPing(url);
  return { url, port: chosen, pid: child.pid, stop: () => kill(child) };
}

export type TestCluster = {
  /** All three nodes, separated by commas. */
  url: string;
  urls: readonly string[];
  nodes: readonly Redis[];
  pids: readonly number[];
};

const slots = 16_384;
const masters = 3;

/** Three masters on free ports, up in about two seconds. @param onEnd when they end: with the test, or `afterAll` */
export async function startRedisCluster(
  binary: string,
  onEnd: (end: () => Promise<void>) => void = onTestFinished,
): Promise<TestCluster> {
  const ports: number[] = [];
  while (ports.length < masters) {
    const port = await freePort();
    if (!ports.includes(port)) ports.push(port);
  }
  const children = await Promise.all(
    ports.map((port) =>
      spawnRedis(binary, port, ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'], onEnd),
    ),
  );
  const urls = ports.map((port) => `redis://127.0.0.1:${port}`);
  await Promise.all(urls.map(waitForPing));
  const nodes = urls.map((url) => {
    const node = new Redis(url);
    node.on('error', () => undefined);
    onEnd(async () => node.disconnect());
    return node;
  });
  const share = Math.ceil(slots / masters);
  await Promise.all(
    nodes.map(async (node, index) => {
      const mine = Array.from({ length: slots }, (_, slot) => slot).slice(index * share, (index + 1) * share);
      await node.cluster('ADDSLOTS', ...mine);
      await node.cluster('SET-CONFIG-EPOCH', index + 1);
    }),
  );
  const [first] = nodes;
  for (const port of ports.slice(1)) await first?.cluster('MEET', '127.0.0.1', port);
  await vi.waitFor(
    async () => {
      for (const node of nodes) {
        const info = String(await node.cluster('INFO'));
        if (!/cluster_state:ok/.test(info) || !/cluster_known_nodes:3/.test(info)) {
          throw new Error('the nodes do not know each other yet');
        }
      }
    },
    { timeout: 20_000, interval: 50 },
  );
  const pids = children.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  return { url: urls.join(','), urls, nodes, pids };
}

function tlsArguments(port: number, { cert, key }: { cert: string; key: string }): string[] {
  const files = ['--tls-cert-file', cert, '--tls-key-file', key];
  return ['--port', '0', '--tls-port', `${port}`, '--tls-auth-clients', 'no', ...files];
}

async function spawnRedis(
  binary: string,
  port: number,
  args: readonly string[],
  onEnd: (end: () => Promise<void>) => void = onTestFinished,
): Promise<ChildProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'kaggle-agent-redis-'));
  const common = [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder,
  ];
  const child = spawn(binary, [...common, ...args], { stdio: 'ignore' });
  onEnd(async () => {
    await kill(child);
    await rm(folder, { recursive: true, force: true });
  });
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGKILL');
  await ended;
}

async function waitForPing(url: string): Promise<void> {
  const probe = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => 20,
    ...(url.startsWith('rediss:') ? { tls: { rejectUnauthorized: false } } : {}),
  });
  probe.on('error', () => undefined);
  try {
    await vi.waitFor(async () => await probe.ping(), { timeout: 20_000, interval: 20 });
  } finally {
    probe.disconnect();
  }
}
