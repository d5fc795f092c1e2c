import type { ContentOf } from '../../domain/card.ts';
import { providerTitle } from '../../domain/gpu/explain-choice.ts';
import { aCard, type Card, type CardAction } from '../card.ts';
import { joinWithin, shorten, shortenLines } from '../shorten.ts';
import type { Voice } from '../voice.ts';
import { button } from './buttons.ts';
import type { CardOptions } from './card-options.ts';
import { stopGpusButton } from './gpu-buttons.ts';
import { longestLine, longestNameInLine, longestParagraph } from './limits.ts';
import { ownWords } from './own-words.ts';

type Content = ContentOf<'alert'>;

const subjects = [
  'configuration',
  'process',
  'module',
  'service',
  'agreement',
  'search',
  'drift',
  'start',
] as const;

/** What is checked besides the modules and the chats, which have names of their own. */
const ownNames = [
  'state',
  'queue',
  'feed',
  'objects',
  'disk',
  'secrets',
  'kaggle',
  'kaggle-download',
  'claude',
  'cost-watch',
] as const;

const symbols = { critical: '🔴', warning: '🟠', info: '🔵' } as const;

/** One message for as long as it lasts, with how often it happened, and the all-clear. */
export function alertCard(content: Content, options: CardOptions): Card {
  const { voice } = options;
  const { severity, message, clearedAt, code, alertKind } = content;
  const { plain, t, ink } = voice;
  const isOver = clearedAt !== null;
  const what = whatOf(content, voice);
  const severityWord = plain(isOver ? 'cards:alert.cleared' : `cards:alert.${severity}`);
  const title = plain('cards:alert.title', { severity: severityWord, what });
  return aCard({
    title: shorten(`${isOver ? '✅' : symbols[severity]} ${title}`, longestLine),
    summary: joinWithin(
      [
        plain('cards:alert.summary', { what, severity: severityWord }),
        isOver ? '' : shorten(message, longestLine),
      ],
      voice.stop,
      longestLine,
    ),
    tone: isOver ? 'good' : severity === 'critical' ? 'bad' : severity === 'warning' ? 'attention' : 'idle',
    body: [
      ...(isOver ? [t(overKey(alertKind))] : []),
      ink.text(ownWords(voice, shortenLines(message, longestParagraph))),
      ...(!isOver && alertKind.startsWith('configuration:') ? [t('cards:alert.configuration_text')] : []),
    ],
    facts: factsOf(content, voice),
    actions: actionsOf(content, options),
    footer: t('common:error.ref', { id: shorten(code, longestNameInLine) }),
  });
}

/** Where money for machines is at stake: to see what runs, and to end all of it. */
function actionsOf({ alertKind, clearedAt }: Content, options: CardOptions): CardAction[] {
  if (clearedAt !== null || !/^gpu_(budget|over_cap)/.test(alertKind)) return [];
  const { plain } = options.voice;
  return [
    ...button(options, 'budget', [], { label: plain('common:btn.budget') }),
    ...stopGpusButton(options),
  ];
}

/** What the end of a warning means. */
function overKey(alertKind: string) {
  if (alertKind.startsWith('agreement:')) return 'cards:alert.agrees';
  if (/^((gpu|llm)_budget|gpu_over_cap)/.test(alertKind)) return 'cards:alert.within_caps';
  return alertKind.startsWith('start:') ? 'cards:alert.start_past' : 'cards:alert.works';
}

function factsOf({ count, since, clearedAt }: Content, { plain, t, time, duration }: Voice): Card['facts'] {
  const happened = t('cards:alert.count_value', { count, time: time(since) });
  return [
    { label: plain('cards:alert.count'), value: happened },
    ...(clearedAt === null
      ? []
      : [
          {
            label: plain('cards:alert.cleared'),
            value: t('cards:alert.cleared_value', {
              time: time(clearedAt),
              span: duration(clearedAt.getTime() - since.getTime()),
            }),
          },
        ]),
  ];
}

/** `configuration:gpu` in words; a kind that has none as it is. */
function whatOf({ alertKind, clearedAt }: Content, { plain }: Voice): string {
  const [head = '', ...rest] = alertKind.split(':');
  if (head === 'llm_budget' || head === 'gpu_budget') return budgetInWords(head, rest, plain);
  if (head === 'gpu_over_cap' || head === 'gpu_image') return plain(`cards:alert.what.${head}`);
  if (head === 'gpu_account') {
    return plain('cards:alert.what.gpu_account', {
      name: shorten(providerTitle(rest[0] ?? ''), longestNameInLine),
    });
  }
  const name = nameOf(rest.join(':'), plain);
  const subject = subjects.find((one) => one === head);
  if (subject === undefined || name === '') return shorten(alertKind, longestNameInLine);
  // What a thing suffered from is over with the all-clear: then its name is enough.
  return clearedAt !== null &&
    subject !== 'process' &&
    subject !== 'agreement' &&
    subject !== 'search' &&
    subject !== 'drift'
    ? name
    : plain(`cards:alert.what.${subject}`, { name });
}

/** `llm_budget:titanic:80`, or `*` for the cap of the day. */
function budgetInWords(
  head: 'llm_budget' | 'gpu_budget',
  [of = '', percent = '']: readonly string[],
  plain: Voice['plain'],
): string {
  if (of === '*') return plain(`cards:alert.what.${head}_day`, { percent });
  return plain(`cards:alert.what.${head}`, { percent, name: shorten(of, longestNameInLine) });
}

/** Chats and services are called as people call them. */
function nameOf(name: string, plain: Voice['plain']): string {
  if (name === 'chat-slack') return plain('common:platform.slack');
  if (name === 'chat-discord') return plain('common:platform.discord');
  const [, platform] = /^(slack|discord)-connection$/.exec(name) ?? [];
  if (platform === 'slack' || platform === 'discord') {
    return plain('cards:alert.name.connection', { platform: plain(`common:platform.${platform}`) });
  }
  const own = ownNames.find((one) => one === name);
  return own === undefined ? shorten(name, longestNameInLine) : plain(`cards:alert.name.${own}`);
}
