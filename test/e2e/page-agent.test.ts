import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { findBrowser, openBrowser, visit } from '../support/browser.ts';
import { expectNoProcess } from './after-run.ts';
import { aFolder, portSettings, projectRoot, python, runAgent, startAgent } from './agent-process.ts';

const executable = findBrowser();
const worksWithinMs = 300_000;

let browser: Browser;

beforeAll(async () => {
  if (executable === null) console.error('no Chromium here: the agent is not tested in a browser');
  else browser = await openBrowser(executable);
});

afterAll(async () => {
  if (executable !== null) await browser.close();
});

/** A shipped competition whose hidden labels are another's: what is learnt does not hold, so that a person is asked. */
async function aMisleadingCompetition(): Promise<string> {
  const folder = join(await aFolder(), 'wine-shifted');
  await cp(join(projectRoot, 'data/competitions/wine-cultivars'), folder, { recursive: true });
  const competition = join(folder, 'competition.json');
  const text = await readFile(competition, 'utf8');
  await writeFile(competition, text.replace('"wine-cultivars"', '"wine-shifted"'));
  const solution = join(folder, 'private/solution.csv');
  const [head = '', ...rows] = (await readFile(solution, 'utf8')).trim().split('\n');
  const cells = rows.map((row) => row.split(','));
  const shift = Math.floor(rows.length / 3);
  const shifted = cells.map((row, index) => {
    const other = cells[(index + shift) % cells.length] ?? row;
    return [row[0], ...other.slice(1, -1), row.at(-1)].join(',');
  });
  await writeFile(solution, `${[head, ...shifted].join('\n')}\n`);
  return folder;
}

test.skipIf(executable === null || python === null)(
  'a newcomer starts a competition on the page, watches it, is asked, decides, and sees it finish',
  async () => {
    const dataFolder = await aFolder();
    await runAgent(['arena', 'add', await aMisleadingCompetition(), '--data', dataFolder]);
    const env = await portSettings();
    const agent = startAgent(['up', '--data', dataFolder], { env });
    const url = await vi.waitFor(
      () => {
        const [, address] = /page +(http\S+)/.exec(agent.stdout()) ?? [];
        if (address === undefined) throw new Error('not ready yet');
        return address;
      },
      { timeout: 120_000, interval: 200 },
    );
    const { page: web, expectNoTrouble } = await visit(browser, url);
    const { page: other, expectNoTrouble: expectNoOtherTrouble } = await visit(browser, url);
    const say = async (line: string): Promise<void> => {
      await web.getByRole('combobox', { name: 'Message #kaggle' }).fill(line);
      await web.keyboard.press('Enter');
    };
    const messages = web.getByRole('main').getByRole('article');

    await say('/kaggle strat');
    await messages.filter({ hasText: 'Only visible to you' }).filter({ hasText: 'start' }).first().waitFor();
    await say('/kaggle start');
    const form = web.getByRole('dialog', { name: 'Start a competition' });
    // Right after the first start the list of competitions is still being read.
    await vi.waitFor(
      async () => {
        await form.getByRole('combobox', { name: 'Competition' }).fill('');
        await form.getByRole('combobox', { name: 'Competition' }).fill('shifted');
        await form.getByRole('option', { name: /wine-shifted/ }).waitFor({ timeout: 1_500 });
      },
      { timeout: 90_000 },
    );
    await web.keyboard.press('Enter');
    await form.getByRole('textbox', { name: 'Rounds at most' }).fill('2');
    await form.getByRole('textbox', { name: 'Approaches in a round' }).fill('1');
    await form.getByRole('button', { name: 'Start' }).click();
    await form.waitFor({ state: 'detached' });
    await messages.filter({ hasText: 'Started wine-shifted' }).first().waitFor();

    const question = messages.filter({ hasText: 'Decision needed · wine-shifted' });
    await question.first().waitFor({ timeout: worksWithinMs });
    await question.getByRole('img', { name: /wine-shifted/ }).waitFor();
    const chart = question.getByRole('button', { name: /^Enlarge/ });
    await chart.focus();
    await web.keyboard.press('Enter');
    await web.getByRole('dialog', { name: 'Picture' }).waitFor();
    await web.keyboard.press('Escape');
    await question.getByRole('button', { name: 'A · Different approach' }).focus();
    await web.keyboard.press('Enter');
    for (const shown of [web, other]) {
      const decided = shown
        .getByRole('main')
        .getByRole('article')
        .filter({ hasText: 'Decided · wine-shifted' });
      await decided.first().waitFor({ timeout: 30_000 });
      expect(await decided.getByRole('button', { name: 'B · Train more' }).count()).toBe(0);
    }

    await messages
      .filter({ hasText: /wine-shifted (· )?finished/ })
      .first()
      .waitFor({ timeout: worksWithinMs });
    await web.getByRole('link', { name: /repl/ }).first().click();
    const thread = web.getByRole('complementary', { name: 'Thread' });
    await thread
      .getByText(/Round 1 of wine-shifted/)
      .first()
      .waitFor();
    await thread.getByRole('combobox', { name: 'Reply' }).fill('@kaggle status');
    await web.keyboard.press('Enter');
    await thread.getByText('@kaggle status').waitFor();
    await web
      .getByRole('navigation', { name: 'Workspace' })
      .getByRole('link', { name: 'Kaggle Agent' })
      .click();
    await web.getByRole('region', { name: 'Home' }).getByText('wine-shifted', { exact: true }).waitFor();
    expectNoTrouble();
    expectNoOtherTrouble();

    agent.signal('SIGTERM');
    await web.getByText('Reconnecting…').waitFor({ timeout: 30_000 });
    await agent.ended;
    await expectNoProcess(dataFolder);
  },
);
