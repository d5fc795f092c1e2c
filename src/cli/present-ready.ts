import { alignColumns } from '../bot/text-columns.ts';
import type { ReadyFacts } from './commands.ts';
import { duration, money } from './format.ts';

/** What `up` prints once everything answers. */
export function presentReady(facts: ReadyFacts): string {
  const { caps } = facts;
  return [
    `Kaggle Agent ${facts.version} is ready (${duration(facts.readyMs)})`,
    ...alignColumns(
      [
        ...(facts.pageUrl === null ? [] : [['page', facts.pageUrl]]),
        ...(facts.role === null ? [] : [['role', facts.role]]),
        ...(facts.chats === null ? [] : [['chat', chatsOf(facts, facts.chats)]]),
        [facts.opsPage.name, facts.opsPage.url],
        ['kaggle', facts.kaggle],
        ['state', `${facts.database}; queues on ${facts.queue}`],
        [
          'spending',
          `machines at most ${money(caps.gpuUsdPerHour)} an hour and ${money(caps.gpuUsdPerDay)} a day, language models ${money(caps.llmUsdPerDay)} a day`,
        ],
        ['data', `${facts.dataFolder}   press Ctrl-C to stop, nothing is lost`],
        ...facts.resumed.map((line) => ['resumed', line]),
      ],
      { indent: '  ' },
    ),
  ].join('\n');
}

function chatsOf({ hasPrompt, pageUrl }: ReadyFacts, chats: readonly string[]): string {
  const open = [...chats, ...(hasPrompt ? ['this prompt (type help)'] : [])];
  const hint = pageUrl === null ? '' : '   Slack, Discord: not set → kaggle-agent connect slack';
  return open.length === 0 ? 'off: standard input is no terminal' : `${open.join(', ')}${hint}`;
}
