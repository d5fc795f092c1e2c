import { columns, duration, money } from '../bot/presenters/format.ts';
import type { ReadyFacts } from './commands.ts';

/** What `up` prints once everything answers. */
export function presentReady(facts: ReadyFacts): string {
  const { caps } = facts;
  return [
    `Kaggle Agent ${facts.version} is ready (${duration(facts.readyMs)})`,
    ...columns(
      [
        ...(facts.pageUrl === null ? [] : [['page', facts.pageUrl]]),
        ['chat', facts.hasPrompt ? 'this prompt: type help' : 'off: standard input is no terminal'],
        ['kaggle', facts.kaggle],
        ['state', `${facts.database}; queues on ${facts.queue}`],
        [
          'spending',
          `machines at most ${money(caps.gpuUsdPerHour)} an hour and ${money(caps.gpuUsdPerDay)} a day, language models ${money(caps.llmUsdPerDay)} a day`,
        ],
        ['data', `${facts.dataFolder}   press Ctrl-C to stop, nothing is lost`],
        ...facts.resumed.map((line) => ['resumed', line]),
      ],
      '  ',
    ),
  ].join('\n');
}
