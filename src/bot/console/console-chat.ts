import type { ContentOf } from '../../domain/card.ts';
import type { Chat, OutgoingCard, Posted } from '../../domain/chat.ts';
import { renderCard } from '../cards/render-card.ts';
import { createPlainInk } from '../inks/plain.ts';
import { keepNewest } from '../keep-newest.ts';
import { createVoice } from '../voice.ts';
import { cardText } from './card-text.ts';

const rememberedCards = 500;

type ConsoleChatOptions = {
  canAnswer: boolean;
  installation: string;
  /** IANA name; the cards' own where it is left out. */
  timeZone?: string;
  now: () => Date;
  say(text: string): void;
};

/**
 * The console as a place for cards. What has scrolled away cannot be edited: a card is printed again when it says
 * something new. Living messages are told in one line, and only when the state has changed.
 */
export function createConsoleChat({ canAnswer, installation, timeZone, now, say }: ConsoleChatOptions): Chat {
  /** Of each card the lines that were said of it. */
  const said = new Map<string, ReadonlySet<string>>();

  const linesOf = ({ content, preferences }: OutgoingCard): readonly string[] => {
    if (content.kind === 'board') return [];
    const voice = createVoice({
      locale: preferences.language,
      ink: createPlainInk(),
      timeZone: timeZone ?? preferences.timeZone,
      now: now(),
    });
    const card = renderCard(content, { voice, installation, preferences, platform: 'console' });
    // Footers say when a card was made, which is no news.
    return content.kind === 'status' ? [card.summary] : cardText({ ...card, footer: null }).split('\n');
  };

  return {
    platform: 'console',
    channel: 'local',
    canAnswer,
    async deliver(card: OutgoingCard): Promise<Posted> {
      const { id, content, previous } = card;
      const before = said.get(id);
      const lines = linesOf(card);
      const [title = '', ...others] = lines;
      const news = others.filter((line) => before?.has(line) !== true);
      // A process that was started anew has said nothing yet, but what was told before is old news, unless it is
      // a question that is still open.
      const isOldNews = before === undefined && previous !== null && !isOpenQuestion(content);
      const isNews =
        content.kind === 'status'
          ? before?.has(stateOf(content)) !== true
          : before === undefined || news.length > 0 || !before.has(title);
      if (lines.length > 0 && isNews && !isOldNews) {
        say(`${[title, ...(isWhole(content) ? others : news)].join('\n')}\n`);
      }
      const keys = content.kind === 'status' ? [stateOf(content)] : lines;
      const told = new Set([...(isWhole(content) ? [] : (before ?? [])), ...keys]);
      keepNewest(said, id, told, rememberedCards);
      const messageId = previous?.messageId ?? `${content.kind}-${id}`;
      return { messageId, threadId: messageId, memory: {} };
    },
    async sayDirectly({ text }) {
      say(text);
    },
  };
}

/** What a line is said about: its progress and its money are not. */
function stateOf({ state, isQueued, round }: ContentOf<'status'>): string {
  return `${state} ${isQueued} ${round}`;
}

/** What is short and always matters as a whole; of all else only what is new is said again. */
function isWhole({ kind }: OutgoingCard['content']): boolean {
  return kind === 'decision' || kind === 'alert' || kind === 'nudge' || kind === 'status';
}

function isOpenQuestion(content: OutgoingCard['content']): boolean {
  return content.kind === 'decision' && content.status === 'open';
}
