import type { Person } from '../../domain/person.ts';
import { aCard, type Card } from '../card.ts';
import type { Reply } from '../door.ts';
import { plainTexts } from '../i18n.ts';
import { type DeskOptions, whereOf } from './desk-options.ts';
import type { Forms } from './forms.ts';
import { slackText } from './ink.ts';
import { slackFailure } from './slack-failure.ts';
import type { Spot } from './spot.ts';
import { within } from './waiting.ts';

/** After this somebody wants to know that they were heard. */
const patienceMs = 700;

/** Takes what people typed and pressed to the door, and its replies back to them. Never throws. */
export type Desk = {
  typed(spot: Spot, text: string): Promise<void>;
  pressed(spot: Spot, action: string): Promise<void>;
};

export function createDesk(options: DeskOptions & { forms: Forms }): Desk {
  const { door, forms, log } = options;

  const handle = async (spot: Spot, ask: { text: string } | { action: string }): Promise<void> => {
    try {
      const opened = await forms.openAtOnce(spot, ask);
      if (opened.isOpen) return;
      const { person } = opened;
      const input = { person, where: whereOf(options, opened.spot) };
      const asking = 'text' in ask ? door.command({ ...ask, ...input }) : door.press({ ...ask, ...input });
      const heard = 'text' in ask ? await sayIfSlow(options, opened.spot, person, asking) : opened.spot;
      await tell(options, forms, { spot: heard, person, reply: await asking });
    } catch (error) {
      await admitFailure(options, spot, error);
    }
  };

  return {
    typed: (spot, text) => handle(spot, { text }),
    pressed: (spot, action) => {
      log.debug({ action: action.slice(0, 100) }, 'a button of slack was pressed');
      return handle(spot, { action });
    },
  };
}

export async function tell(
  options: DeskOptions,
  forms: Forms,
  { spot, person, reply }: { spot: Spot; person: Person; reply: Reply },
): Promise<void> {
  switch (reply.kind) {
    case 'card': {
      const how = { bars: options.preferences().bars, plain: plainTexts(reply.locale) };
      const speak = reply.audience === 'public' ? options.speaker.publicly : options.speaker.privately;
      await speak(spot, reply.card, how);
      return;
    }
    case 'form':
      await forms.open(spot, reply.form, person);
      return;
    case 'silence':
      if (spot.isReplaceable) await spot.responseUrl?.deleteOriginal();
  }
}

/** One line at once where the answer takes longer; the answer takes its place. */
async function sayIfSlow(
  options: DeskOptions,
  spot: Spot,
  person: Person,
  asking: Promise<unknown>,
): Promise<Spot> {
  if (spot.responseUrl === null || spot.isReplaceable) return spot;
  if ((await within(asking, patienceMs)) !== null) return spot;
  const plain = plainTexts(person.locale ?? options.preferences().language);
  const line = { text: plain('chats:slack.working'), blocks: [] };
  try {
    await spot.responseUrl.post(line, { audience: 'ephemeral', replace: false, threadTs: spot.threadTs });
    return { ...spot, isReplaceable: true };
  } catch {
    return spot;
  }
}

/** Says that something went wrong to the one whom it concerns; where even that fails, the log knows. */
export async function admitFailure(options: DeskOptions, spot: Spot, error: unknown): Promise<void> {
  const failure = slackFailure(error);
  options.log.error({ err: failure, code: failure.code }, 'a request of slack failed');
  const { language, bars } = options.preferences();
  const plain = plainTexts(language);
  const card = failureCard(plain('chats:slack.failed'), plain('chats:slack.failed_next'), failure.code);
  try {
    await options.speaker.privately(spot, card, { bars, plain });
  } catch (err) {
    options.log.warn({ err }, 'a failure could not be told in slack');
  }
}

function failureCard(what: string, next: string, code: string): Card {
  const summary = `${what} ${next}`;
  return aCard({ title: what, summary, tone: 'bad', body: [slackText(next)], footer: slackText(code) });
}
