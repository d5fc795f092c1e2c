import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { expect, test, vi } from 'vitest';
import { type AgentProcess, python, startProcess, terminalProgram } from '../e2e/agent-process.ts';
import { eventually } from '../support/eventually.ts';

const program = fileURLToPath(new URL('./cli-process.ts', import.meta.url));
const secret = 'canary-secret-123';
const ctrlC = '\u0003';
const ctrlD = '\u0004';
const backspace = '\u007f';

function connectOnTerminal(...flags: string[]): AgentProcess {
  const command = [process.execPath, program, 'connect', 'slack', ...flags];
  return startProcess([python ?? 'python3', '-c', terminalProgram, ...command]);
}

async function shows(agent: AgentProcess, text: string): Promise<void> {
  await vi.waitFor(() => expect(seen(agent)).toContain(text), { timeout: 20_000, interval: 50 });
}

function seen(agent: AgentProcess): string {
  return stripVTControlCharacters(agent.stdout()).replaceAll('\r', '');
}

test.skipIf(python === null)('a secret never shows, and every other answer does', async () => {
  const agent = connectOnTerminal();
  await shows(agent, 'SLACK_BOT_TOKEN, what you type stays hidden: ');
  agent.type(`${secret}x${backspace}\r`);
  await shows(agent, '  2  #general\nA number from 1 to 2, or the id: ');
  agent.type('7\r');
  await eventually(() => expect(seen(agent).split('A number from').length).toBe(3));
  agent.type('#general\r');
  await shows(agent, 'NAME: ');
  agent.type('\r mika \r');
  await shows(agent, 'Sure? [y/N] ');
  agent.type('\r');

  const { code } = await agent.ended;
  expect([code, seen(agent)]).toEqual([
    0,
    expect.stringContaining(`${secret.length} characters, C0000002, mika, false`),
  ]);
  expect(agent.stdout()).not.toContain('canary');
  expect(seen(agent)).toContain('id: #general\n');
});

test.skipIf(python === null)(
  'what is pasted at once answers one question after the other, unseen',
  async () => {
    const agent = connectOnTerminal();
    await shows(agent, 'stays hidden: ');
    agent.type(`${secret}\r2\rmika\ry\r`);

    expect((await agent.ended).code).toBe(0);
    expect(seen(agent)).toContain('C0000002, mika, true');
    expect(agent.stdout()).not.toContain('canary');
  },
);

test.skipIf(python === null).each([
  ['Ctrl-C', ctrlC],
  ['Ctrl-D', ctrlD],
])('%s at a question ends it with 130', async (_, key) => {
  const agent = connectOnTerminal();
  await shows(agent, 'stays hidden: ');
  agent.type(key);

  const { code } = await agent.ended;
  expect([code, seen(agent)]).toEqual([130, expect.stringContaining('Stopped; nothing is lost.')]);
});

test.skipIf(python === null)('--no-input asks nothing even on a terminal, and ends with 4', async () => {
  const { code, stdout } = await connectOnTerminal('--no-input').ended;

  expect([code, stdout]).toEqual([4, expect.stringContaining('SLACK_BOT_TOKEN (a token)')]);
});

test.skipIf(python === null)('names from outside cannot steer the terminal', async () => {
  const agent = connectOnTerminal();
  await shows(agent, 'stays hidden: ');
  agent.type(`${secret}\r2\rmika\ry\r`);

  expect((await agent.ended).code).toBe(0);
  expect(agent.stdout()).toContain('  2  #general\r\n');
  expect(agent.stdout()).not.toContain('\u001b[2J');
});
