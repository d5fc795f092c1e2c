import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensurePageBuilt } from '../../src/embedded/page/build-page.ts';
import { findBrowser, openBrowser, visit } from '../support/browser.ts';
import { aChatPage, uploadFile } from '../support/chat-page.ts';
import { silentLog } from '../support/silent-log.ts';
import { decisionBlocks, startSmallApp } from '../support/small-slack-app.ts';

const executable = findBrowser();
const root = resolve(import.meta.dirname, '../..');
const hints = [
  { typed: '/kaggle start', usage: '<slug>', summary: 'enter a competition' },
  { typed: '/kaggle status', usage: '[slug]', summary: 'where a competition is' },
  { typed: '/kaggle help', usage: '', summary: 'what can be said' },
];
/** As narrow as phones are. */
const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

let browser: Browser;
let staticFolder: string;

beforeAll(async () => {
  if (executable === null) {
    console.error(
      'no Chromium here (CHROMIUM_PATH, or chromium on the PATH): the page is not tested in a browser',
    );
    return;
  }
  staticFolder = await ensurePageBuilt({ root, log: silentLog, signal: AbortSignal.timeout(120_000) });
  browser = await openBrowser(executable);
});

afterAll(async () => {
  if (executable !== null) await browser.close();
});

async function anOpenPage(options: Parameters<typeof visit>[2] = {}) {
  const kit = await aChatPage({ staticFolder, hints });
  await startSmallApp(kit.workspace);
  kit.workspace.actions.invite(kit.channel.id);
  const visited = await visit(browser, kit.chatPage.url, options);
  const field = visited.page.getByRole('combobox', { name: 'Message #kaggle' });
  await field.waitFor();
  return { ...kit, ...visited, web: visited.page, field };
}

/** Types a line and sends it. */
async function say(field: Locator, line: string): Promise<void> {
  await field.fill(line);
  await field.press('Enter');
}

const message = (web: Page, text: string | RegExp): Locator =>
  web.getByRole('article').filter({ hasText: text });
const seen = async (locator: Locator): Promise<void> => await locator.first().waitFor();
const gone = async (locator: Locator): Promise<void> => await locator.waitFor({ state: 'detached' });

test.skipIf(executable === null)(
  'the key leaves the address, and the page is there again after a reload',
  async () => {
    const { web, field, expectNoTrouble } = await anOpenPage();

    expect(web.url()).not.toContain('key');
    await web.reload();
    await field.waitFor();

    expect(await web.title()).toBe('#kaggle · Kaggle Agent');
    expectNoTrouble();
  },
);

test.skipIf(executable === null)(
  'a form opens by a command, finds a competition while typing, tells what is wrong and starts it',
  async () => {
    const { web, field, chatPage, expectNoTrouble } = await anOpenPage();

    const other = await visit(browser, chatPage.url);
    await seen(other.page.getByRole('combobox', { name: 'Message #kaggle' }));
    await say(field, '/kaggle start');
    const form = web.getByRole('dialog', { name: 'Start a competition' });
    const slug = form.getByRole('combobox', { name: 'Competition' });
    await slug.fill('house');
    await seen(form.getByRole('option', { name: 'house-prices · ends 12 Dec' }));
    await slug.press('Enter');
    expect(await other.page.getByRole('dialog').count()).toBe(0);
    await form.getByRole('button', { name: 'Start' }).click();
    await seen(form.getByText('Please complete this required field.'));
    const rounds = form.getByRole('textbox', { name: 'Rounds' });
    await rounds.fill('13');
    await rounds.press('Enter');
    await seen(form.getByText('Thirteen rounds are too many.'));
    expect(await rounds.getAttribute('aria-invalid')).toBe('true');
    await rounds.fill('3');
    await form.getByRole('button', { name: 'Start' }).click();

    await gone(form);
    await seen(message(web, 'house-prices: started'));
    await web.getByRole('link', { name: /1 reply/ }).click();
    const thread = web.getByRole('complementary', { name: 'Thread' });
    await seen(thread.getByText('research begins'));
    await say(thread.getByRole('combobox', { name: 'Reply' }), '@kaggle status');
    await seen(thread.getByText('You mentioned me'));
    expectNoTrouble();
  },
);

test.skipIf(executable === null)(
  'a decision is made by a button, after the question where there is one, and everybody sees it',
  async () => {
    const { web, bot, channel, chatPage, sakura, expectNoTrouble } = await anOpenPage();
    const other = await visit(browser, chatPage.url);
    await bot.chat.postMessage({
      channel: channel.id,
      text: 'house-prices: decision needed',
      blocks: decisionBlocks,
    });

    await web.getByRole('button', { name: 'C · Stop' }).click();
    const question = web.getByRole('dialog', { name: 'Stop house-prices?' });
    await question.getByRole('button', { name: 'Keep running' }).click();
    await gone(question);
    expect(await web.getByRole('button', { name: 'A · Different approach' }).count()).toBe(1);
    await web.getByRole('button', { name: 'A · Different approach' }).click();

    await seen(message(web, 'Decided: A by @mika'));
    await seen(message(other.page, 'Decided: A by @mika'));
    await gone(web.getByRole('button', { name: 'B · Tune' }));
    await seen(web.getByText('(edited)'));
    await other.page.getByRole('combobox', { name: 'You are' }).selectOption(sakura.id);
    await seen(other.page.getByText('Decided: A'));
    expectNoTrouble();
    other.expectNoTrouble();
  },
);

test.skipIf(executable === null)(
  'a menu is opened, walked and chosen from by the keyboard alone',
  async () => {
    const { web, bot, channel, expectNoTrouble } = await anOpenPage();
    await bot.chat.postMessage({ channel: channel.id, text: 'decision needed', blocks: decisionBlocks });
    const more = web.getByRole('button', { name: 'More actions' });

    await more.focus();
    await web.keyboard.press('ArrowDown');
    await web.keyboard.press('Escape');
    expect(await web.locator(':focus').getAttribute('aria-label')).toBe('More actions');
    await web.keyboard.press('Enter');
    await web.keyboard.press('ArrowDown');
    await web.keyboard.press('Enter');

    await seen(message(web, 'Decided: Later'));
    expectNoTrouble();
  },
);

test.skipIf(executable === null)(
  'commands are offered, completed and found again by the keyboard, and their answer is for one person',
  async () => {
    const { web, field, expectNoTrouble } = await anOpenPage();

    await field.focus();
    await web.keyboard.type('/ka');
    expect(await web.getByRole('listbox', { name: 'Commands' }).getByRole('option').count()).toBe(3);
    await web.keyboard.press('ArrowUp');
    await web.keyboard.press('Enter');
    expect(await field.inputValue()).toBe('/kaggle help ');
    await web.keyboard.press('Enter');
    await seen(message(web, 'You typed help'));
    await seen(message(web, 'Only visible to you'));
    await web.keyboard.press('ArrowUp');
    expect(await field.inputValue()).toBe('/kaggle help');
    await web.keyboard.press('ArrowDown');
    expect(await field.inputValue()).toBe('');
    await web.keyboard.type('two');
    await web.keyboard.press('Shift+Enter');
    await web.keyboard.type('lines');
    await web.keyboard.press('Enter');

    await seen(message(web, /two\s*lines/));
    await web.getByRole('button', { name: 'Dismiss message' }).click();
    await gone(message(web, 'You typed help'));
    expectNoTrouble();
  },
);

test.skipIf(executable === null)('slash commands in a thread are refused with what works there', async () => {
  const { web, field, workspace, channel } = await anOpenPage();
  await say(field, 'hello');
  await message(web, 'hello').hover();
  await web.getByRole('link', { name: 'Reply in thread' }).click();

  const reply = web.getByRole('combobox', { name: 'Reply' });
  await say(reply, '/kaggle status');

  await seen(web.getByText('Slash commands do not work in threads. Write: @kaggle status'));
  expect(await reply.inputValue()).toBe('/kaggle status');
  await web.keyboard.press('Escape');
  await gone(web.getByRole('complementary', { name: 'Thread' }));
  expect(workspace.messages({ channel: channel.id })).toHaveLength(1);
});

test.skipIf(executable === null)(
  'an app that does not answer in three seconds is told as trouble',
  async () => {
    const { web, field } = await anOpenPage();

    await say(field, '/kaggle slow');

    await seen(web.getByText('Kaggle Agent did not answer in time. Try again in a moment.'));
    await web.getByRole('button', { name: 'Dismiss' }).click();
    await gone(web.getByText('Kaggle Agent did not answer in time. Try again in a moment.'));
  },
);

test.skipIf(executable === null)(
  'a chart is shown with its words, and large when it is pressed',
  async () => {
    const { web, bot, channel, expectNoTrouble } = await anOpenPage();
    const id = await uploadFile(
      bot,
      'chart.png',
      readFileSync(resolve(import.meta.dirname, '../support/chart.png')),
    );
    const alt = 'Line chart, titanic, best 0.79186';
    const blocks = [{ type: 'image' as const, slack_file: { id }, alt_text: alt }];
    await bot.chat.postMessage({ channel: channel.id, text: 'a chart', blocks });

    const image = web.getByRole('img', { name: alt });
    await seen(image);
    await expect.poll(() => web.evaluate('document.querySelector(".picture img").naturalWidth')).toBe(1200);
    await web.getByRole('button', { name: `Enlarge: ${alt}` }).click();
    const large = web.getByRole('dialog', { name: 'Picture' });
    await seen(large.getByText(alt));
    await web.keyboard.press('Escape');

    await gone(large);
    expectNoTrouble();
  },
);

test.skipIf(executable === null)('what people and the app write never becomes part of the page', async () => {
  const { web, field, bot, channel, expectNoTrouble } = await anOpenPage();
  const evil = '<img src=x onerror=alert(1)> <script>alert(2)</script> <a href="javascript:alert(3)">x</a>';

  await say(field, evil);
  await bot.chat.postMessage({
    channel: channel.id,
    text: 'evil',
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: '&lt;b&gt;bold&lt;/b&gt; <https://x.example/|<b>>' } },
      { type: 'header', text: { type: 'plain_text', text: '<i>header</i>' } },
    ],
  });

  await seen(message(web, evil));
  await seen(message(web, '<i>header</i>'));
  const counts = [
    await web.locator('.messages :is(script, b, i)').count(),
    await web.locator('.messages a[href^="javascript:"]').count(),
  ];
  expect(counts).toEqual([0, 0]);
  expectNoTrouble();
});

test.skipIf(executable === null)(
  'after the connection was lost the page is live again, with what happened meanwhile',
  async () => {
    const { web, field, bot, channel, chatPage, openAgain } = await anOpenPage();
    await say(field, 'before');
    await seen(message(web, 'before'));

    await chatPage.close();
    await seen(web.getByText('Reconnecting…'));
    await bot.chat.postMessage({ channel: channel.id, text: 'meanwhile' });
    await openAgain();

    await seen(message(web, 'meanwhile'));
    await seen(web.getByText('Live', { exact: true }));
    expect(await message(web, 'before').count()).toBe(1);
  },
);

test.skipIf(executable === null)(
  'the newest is kept in sight, but for who reads above, until they send something',
  async () => {
    const { web, field, bot, channel } = await anOpenPage();
    const post = async (text: string): Promise<void> => {
      await bot.chat.postMessage({ channel: channel.id, text });
      await seen(message(web, text));
    };
    for (let index = 1; index <= 40; index += 1) await post(`message ${index} of many`);
    await expect.poll(() => message(web, 'message 40 of many').isVisible()).toBe(true);

    await web.getByRole('region', { name: 'Messages in #kaggle' }).hover();
    await web.mouse.wheel(0, -600);
    const latest = web.getByRole('button', { name: 'Latest' });
    await seen(latest);
    await post('one more');
    await seen(latest);
    await say(field, 'what did I miss?');

    await gone(latest);
  },
);

test.skipIf(executable === null)('unread messages are counted until somebody looks', async () => {
  const { web, bot, workspace, expectNoTrouble } = await anOpenPage();
  const alerts = workspace.channels().find(({ name }) => name === 'kaggle-alerts')?.id ?? '';
  await bot.chat.postMessage({ channel: alerts, text: 'disk nearly full' });
  await bot.chat.postMessage({ channel: alerts, text: 'disk full' });

  await web.getByRole('link', { name: 'kaggle-alerts 2 unread' }).click();

  await seen(message(web, 'disk full'));
  await seen(web.getByRole('link', { name: 'kaggle-alerts', exact: true }));
  expectNoTrouble();
});

test.skipIf(executable === null)("the app's home is drawn when somebody opens it", async () => {
  const { web, expectNoTrouble } = await anOpenPage();

  await web
    .getByRole('navigation', { name: 'Workspace' })
    .getByRole('link', { name: 'Kaggle Agent' })
    .click();

  await seen(web.getByRole('heading', { name: 'Good morning' }));
  await web.getByRole('link', { name: 'Messages', exact: true }).click();
  await seen(web.getByRole('combobox', { name: 'Message Kaggle Agent' }));
  await web.goBack();
  await seen(web.getByText('Nothing is running.'));
  expectNoTrouble();
});

test.skipIf(executable === null)(
  'on a phone everything fits, and the list of channels is behind a button',
  async () => {
    const { web, bot, channel, field, expectNoTrouble } = await anOpenPage(phone);
    await bot.chat.postMessage({ channel: channel.id, text: 'decision needed', blocks: decisionBlocks });
    await bot.chat.postMessage({ channel: channel.id, text: `\`\`\`${'wide '.repeat(60)}\`\`\`` });
    await seen(message(web, 'wide'));
    const width = () => web.evaluate('document.documentElement.scrollWidth');

    expect(await width()).toBe(360);
    await web.getByRole('button', { name: 'Open the list of channels' }).click();
    await web.getByRole('link', { name: 'kaggle-alerts' }).click();
    await seen(web.getByRole('combobox', { name: 'Message #kaggle-alerts' }));
    await web.goBack();
    await say(field, '/kaggle start');
    const form = web.getByRole('dialog', { name: 'Start a competition' });
    await seen(form);
    expect(await width()).toBe(360);
    await form.getByRole('button', { name: 'Cancel' }).click();
    await gone(form);
    await web.getByRole('button', { name: 'B · Tune' }).click();

    await seen(message(web, 'Decided: B'));
    expectNoTrouble();
  },
);

test.skipIf(executable === null)(
  'every control has a name, the page has its landmarks, and Tab walks through all of it',
  async () => {
    const { web, bot, channel, expectNoTrouble } = await anOpenPage();
    await bot.chat.postMessage({ channel: channel.id, text: 'decision needed', blocks: decisionBlocks });
    await seen(web.getByRole('button', { name: 'B · Tune' }));

    const tree = await web.locator('body').ariaSnapshot();
    expect(tree).not.toMatch(/- (button|link|textbox|combobox|img)(:|$)/m);
    for (const landmark of ['navigation "Workspace"', 'main', 'heading "#kaggle" [level=1]']) {
      expect(tree).toContain(landmark);
    }

    await web.evaluate('document.activeElement.blur()');
    const walked: string[] = [];
    while (walked.length < 30 && walked.at(-1) !== 'Message #kaggle') {
      await web.keyboard.press('Tab');
      const focused = web.locator(':focus');
      const name = (await focused.getAttribute('aria-label')) ?? (await focused.textContent()) ?? '';
      walked.push(name.trim());
      // The field's frame is drawn around it and its button.
      const drawn = name.startsWith('Message #') ? '.composer-field' : ':focus';
      const outline = await web.evaluate(`getComputedStyle(document.querySelector('${drawn}')).outlineStyle`);
      expect([name, outline]).toEqual([name, 'solid']);
    }
    expect(walked).toEqual(
      expect.arrayContaining([
        'Skip to the message field',
        'kaggle',
        'Messages in #kaggle',
        'A · Different approach',
        'More actions',
        'Message #kaggle',
      ]),
    );
    expectNoTrouble();
  },
);
