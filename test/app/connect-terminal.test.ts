import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, test, vi } from 'vitest';
import { type AgentProcess, aFolder, python, runAgent, startAgent } from '../e2e/agent-process.ts';
import { aSlack } from './connect-kit.ts';

async function shows(agent: AgentProcess, text: RegExp): Promise<void> {
  const seen = () => stripVTControlCharacters(agent.stdout()).replaceAll('\r', '');
  await vi.waitFor(() => expect(seen()).toMatch(text), { timeout: 20_000, interval: 50 });
}

test.skipIf(python === null)(
  'a person connects Slack at the terminal, and the tokens never show',
  async () => {
    const { workspace, idOf, environment: env } = await aSlack();
    const cwd = await aFolder();
    const agent = startAgent(['connect', 'slack'], { env, cwd, terminal: true });
    await shows(
      agent,
      /api\.slack\.com\/apps[\s\S]+deploy\/slack-manifest\.json[\s\S]+SLACK_BOT_TOKEN .+: $/,
    );
    agent.type(`${workspace.botToken}\r`);
    await shows(agent, /ok +SLACK_BOT_TOKEN: @kaggle in the workspace[\s\S]+SLACK_APP_TOKEN .+: $/);
    agent.type(`${workspace.appToken}\r`);
    await shows(agent, /1 {2}#general\n {2}2 {2}#kaggle\nA number/);
    agent.type('2\r');

    const { code, stdout } = await agent.ended;
    expect([code, stdout]).toEqual([0, expect.stringMatching(/Slack is connected\.[\s\S]+Next: npm start/)]);
    for (const token of [workspace.botToken, workspace.appToken]) expect(stdout).not.toContain(token);
    const file = join(cwd, '.env');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toContain(`SLACK_CHANNEL=${idOf('kaggle')}\n`);
    expect(workspace.messages({ channel: idOf('kaggle') })).toHaveLength(1);
  },
);

test.skipIf(python === null)('Ctrl-C after the first token leaves nothing behind', async () => {
  const { workspace, environment: env } = await aSlack();
  const cwd = await aFolder();
  const agent = startAgent(['connect', 'slack'], { env, cwd, terminal: true });
  await shows(agent, /SLACK_BOT_TOKEN .+: $/);
  agent.type(`${workspace.botToken}\r`);
  await shows(agent, /SLACK_APP_TOKEN .+: $/);
  agent.type('\u0003');

  const { code, stdout } = await agent.ended;
  expect([code, stdout]).toEqual([130, expect.stringContaining('Nothing was written.')]);
  expect(await readdir(cwd)).not.toContain('.env');
});

test('without a terminal the settings to make are printed, and it ends with 4; a wrong token with 3', async () => {
  const { environment: env } = await aSlack();
  const cwd = await aFolder();

  const asked = await runAgent(['connect', 'slack'], { env, cwd });
  const tokens = {
    SLACK_BOT_TOKEN: 'xoxb-wrong',
    SLACK_APP_TOKEN: 'xapp-wrong',
    SLACK_CHANNEL: 'C0123456789',
  };
  const wrong = await runAgent(['connect', 'slack'], { env: { ...env, ...tokens }, cwd });

  expect([asked.code, asked.stdout]).toEqual([4, '']);
  for (const name of Object.keys(tokens)) expect(asked.stderr).toContain(name);
  expect([wrong.code, wrong.stderr.trim().split('\n')]).toEqual([
    3,
    [expect.stringMatching(/^error +Slack refuses SLACK_BOT_TOKEN \(invalid_auth\)/)],
  ]);
  expect(await readdir(cwd)).not.toContain('.env');
});
