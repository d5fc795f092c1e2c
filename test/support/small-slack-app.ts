import { App, LogLevel, SocketModeReceiver } from '@slack/bolt';
import type { KnownBlock, ModalView } from '@slack/types';
import { onTestFinished } from 'vitest';
import type { SlackWorkspace } from '../../src/embedded/slack/contract.ts';

const plain = (text: string) => ({ type: 'plain_text' as const, text });
const markup = (text: string) => ({ type: 'mrkdwn' as const, text });
const slugs = ['titanic', 'house-prices', 'spaceship-titanic'];

const startForm: ModalView = {
  type: 'modal',
  callback_id: 'start',
  title: plain('Start a competition'),
  submit: plain('Start'),
  close: plain('Cancel'),
  blocks: [
    { type: 'section', text: markup('I ask when a decision is *worth it*.') },
    {
      type: 'input',
      block_id: 'slug',
      label: plain('Competition'),
      element: { type: 'external_select', action_id: 'slug', min_query_length: 0 },
    },
    {
      type: 'input',
      block_id: 'rounds',
      label: plain('Rounds'),
      element: { type: 'number_input', action_id: 'rounds', is_decimal_allowed: false, min_value: '1' },
    },
    {
      type: 'input',
      block_id: 'note',
      optional: true,
      label: plain('Advice'),
      element: { type: 'plain_text_input', action_id: 'note', multiline: true, max_length: 500 },
    },
  ],
};

export const decisionBlocks: KnownBlock[] = [
  { type: 'header', text: plain('Decision needed · house-prices') },
  { type: 'section', text: markup('*A* Another approach\n*B* Tune the model\n*C* Stop') },
  {
    type: 'actions',
    elements: [
      {
        type: 'button',
        action_id: 'decide.1',
        text: plain('A · Different approach'),
        value: 'A',
        style: 'primary',
      },
      { type: 'button', action_id: 'decide.2', text: plain('B · Tune'), value: 'B' },
      {
        type: 'button',
        action_id: 'decide.3',
        text: plain('C · Stop'),
        value: 'C',
        style: 'danger',
        confirm: {
          title: plain('Stop house-prices?'),
          text: markup('This ends the run.'),
          confirm: plain('Stop it'),
          deny: plain('Keep running'),
          style: 'danger',
        },
      },
      {
        type: 'overflow',
        action_id: 'decide.more',
        options: [
          { text: plain('Details'), value: 'Details' },
          { text: plain('Later'), value: 'Later' },
        ],
      },
    ],
  },
];

/** A small real Bolt app in a workspace: a form, a decision, a home, and a command that it never acknowledges. */
export async function startSmallApp(workspace: SlackWorkspace): Promise<{ stop(): Promise<void> }> {
  const options = { slackApiUrl: workspace.apiUrl, retryConfig: { retries: 0 } };
  const receiver = new SocketModeReceiver({
    appToken: workspace.appToken,
    logLevel: LogLevel.ERROR,
    clientPingTimeout: 2_000,
    installerOptions: { clientOptions: { ...options } },
  });
  const app = new App({
    token: workspace.botToken,
    receiver,
    logLevel: LogLevel.ERROR,
    clientOptions: { ...options },
  });
  app.command('/kaggle', async ({ command, ack, client, respond }) => {
    if (command.text === 'slow') return;
    await ack();
    if (command.text === 'start')
      await client.views.open({ trigger_id: command.trigger_id, view: startForm });
    else await respond({ text: `You typed ${command.text}`, response_type: 'ephemeral' });
  });
  app.options('slug', async ({ options: { value }, ack }) => {
    const found = slugs.filter((slug) => slug.includes(value));
    await ack({ options: found.map((slug) => ({ text: plain(`${slug} · ends 12 Dec`), value: slug })) });
  });
  app.view('start', async ({ view, ack, client }) => {
    const { values } = view.state;
    if (values.rounds?.rounds?.value === '13') {
      await ack({ response_action: 'errors', errors: { rounds: 'Thirteen rounds are too many.' } });
      return;
    }
    await ack();
    const channel = workspace.channels().find(({ name, isIm }) => name === 'kaggle' && !isIm)?.id ?? '';
    const slug = values.slug?.slug?.selected_option?.value ?? '';
    const started = await client.chat.postMessage({ channel, text: `${slug}: started` });
    await client.chat.postMessage({ channel, text: 'research begins', thread_ts: started.ts ?? '' });
  });
  app.action(/^decide/, async ({ ack, body, action, client }) => {
    await ack();
    if (body.type !== 'block_actions' || body.container.type !== 'message') return;
    const chosen =
      action.type === 'overflow' ? action.selected_option.value : 'value' in action ? action.value : '';
    await client.chat.update({
      channel: body.channel?.id ?? '',
      ts: String(body.container.message_ts),
      text: `Decided: ${chosen} by <@${body.user.id}>`,
      blocks: [{ type: 'section', text: markup(`*Decided: ${chosen}* by <@${body.user.id}>`) }],
    });
  });
  app.event('app_home_opened', async ({ event, client }) => {
    const blocks: KnownBlock[] = [
      { type: 'header', text: plain('Good morning') },
      { type: 'section', text: markup('Nothing is running.') },
    ];
    await client.views.publish({ user_id: event.user, view: { type: 'home', blocks } });
  });
  app.event('app_mention', async ({ event, client }) => {
    const thread = event.thread_ts ?? event.ts;
    await client.chat.postMessage({ channel: event.channel, thread_ts: thread, text: 'You mentioned me' });
  });
  await app.start();
  const stop = async (): Promise<void> => void (await app.stop());
  onTestFinished(stop);
  return { stop };
}
