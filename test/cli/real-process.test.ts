import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';

const program = fileURLToPath(new URL('./cli-process.ts', import.meta.url));
const launcher = fileURLToPath(new URL('../../script/launch.cjs', import.meta.url));

function shell(command: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn('bash', ['-o', 'pipefail', '-c', command], {
    env: {
      ...process.env,
      CLI: `${process.execPath} ${program}`,
      NO_COLOR: undefined,
      FORCE_COLOR: undefined,
    },
  });
  return collect(child);
}

function collect(
  child: ReturnType<typeof spawn>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => {
    written.stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    written.stderr += chunk.toString();
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...written })));
}

test('an answer piped to a reader that leaves early ends silently with 0', async () => {
  const { code, stdout, stderr } = await shell('$CLI events list -n 50000 | head -n 1');

  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('event');
});

test('standard output redirected to a file holds the answer alone', async () => {
  const { code, stdout } = await shell('$CLI run titanic --json 2>/dev/null');

  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ schema: 1, status: 'completed' });
});

test('FORCE_COLOR beside NO_COLOR brings neither colour nor a warning of the runtime', async () => {
  const { code, stdout, stderr } = await shell(
    `NO_COLOR=1 FORCE_COLOR=1 ${process.execPath} ${launcher} version`,
  );

  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('Ctrl-C stops a running command with 130 and a calm line', async () => {
  const child = spawn(process.execPath, [program, 'up'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  const ended = collect(child);
  await vi.waitFor(() => expect(stdout).toContain('is ready'), { timeout: 20_000 });

  child.kill('SIGINT');

  const { code, stderr } = await ended;
  expect([code, stderr.trim()]).toEqual([130, 'Stopped; nothing is lost.']);
});
