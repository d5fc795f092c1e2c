import type { ViewResponseAction } from '@slack/bolt';
import type { Person } from '../../domain/person.ts';
import type { SubmitReply } from '../door.ts';
import { plainTexts } from '../i18n.ts';
import { cut } from '../shorten.ts';
import { cardView } from './card-view.ts';
import { admitFailure, tell } from './desk.ts';
import { type DeskOptions, whereOf } from './desk-options.ts';
import {
  blockOfField,
  type FormOrigin,
  formView,
  noteView,
  readAnswers,
  readFormOrigin,
} from './form-view.ts';
import type { Forms } from './forms.ts';
import { slackText } from './ink.ts';
import { slackFailure } from './slack-failure.ts';
import type { Spot } from './spot.ts';
import { within } from './waiting.ts';

/** Slack waits three seconds for what a submitted form answers. */
const patienceMs = 2_000;
const longestError = 1_000;

export type Submission = {
  viewId: string;
  userId: string;
  teamId: string;
  privateMetadata: string;
  values: unknown;
  /** Blocks of the form's fields, in their order: an error can only stand at one of them. */
  blockIds: readonly string[];
};

/** What the acknowledgement carries (nothing: the modal closes), and what is done behind it. */
export type SubmissionAnswer = { ack: ViewResponseAction | null; after: () => Promise<void> };

type Answered = { person: Person; reply: SubmitReply };

/** @returns a function that takes a filled-in form to the door and its reply back; it never throws */
export function createSubmissions(options: DeskOptions & { forms: Forms }) {
  const nothing = async () => undefined;

  const ask = async (spot: Spot, origin: FormOrigin, values: unknown): Promise<Answered> => {
    const { teamId: homeTeamId } = await options.identity.read();
    const person = await options.people.find({ userId: spot.userId, teamId: spot.teamId, homeTeamId });
    const where = whereOf(options, spot);
    const input = { action: origin.action, answers: readAnswers(values), person, where };
    return { person, reply: await options.door.submit(input) };
  };

  return async (submission: Submission): Promise<SubmissionAnswer> => {
    const plain = plainTexts(options.preferences().language);
    const say = (words: string): ViewResponseAction => ({
      response_action: 'update',
      view: noteView('Kaggle Agent', slackText(words), plain('chats:slack.btn.close')),
    });
    const origin = readFormOrigin(submission.privateMetadata);
    if (origin === null) return { ack: say(plain('chats:slack.old_form')), after: nothing };
    const spot = spotOf(submission, origin);
    const asking = ask(spot, origin, submission.values);
    // Where the acknowledgement itself fails, nobody is left to hear of this.
    asking.catch(() => undefined);
    try {
      const early = await within(asking, patienceMs);
      return early === null
        ? {
            ack: say(plain('chats:slack.working')),
            after: () => showLate(options, submission, origin, asking),
          }
        : answerOf(options, spot, submission, early.value);
    } catch (error) {
      options.log.error({ err: slackFailure(error) }, 'a form of slack failed');
      const words = [plain('chats:slack.failed'), plain('chats:slack.failed_next')];
      return { ack: say(words.join(' ')), after: nothing };
    }
  };
}

function answerOf(
  options: DeskOptions & { forms: Forms },
  spot: Spot,
  submission: Submission,
  { person, reply }: Answered,
): SubmissionAnswer {
  const plain = plainTexts(person.locale ?? options.preferences().language);
  const nothing = async () => undefined;
  switch (reply.kind) {
    case 'errors':
      return {
        ack: { response_action: 'errors', errors: errorsByBlock(reply.fields, submission) },
        after: nothing,
      };
    case 'form': {
      const view = formView(
        reply.form,
        { channel: spot.channel, thread: spot.threadTs },
        { close: plain('chats:slack.btn.cancel') },
      );
      return { ack: { response_action: 'update', view }, after: nothing };
    }
    case 'silence':
      return { ack: null, after: nothing };
    case 'card': {
      const after = () =>
        tell(options, options.forms, { spot, person, reply }).catch((error: unknown) =>
          admitFailure(options, spot, error),
        );
      if (spot.channel !== null) return { ack: null, after };
      // Without a channel the modal is the place for it.
      const close = plain('chats:slack.btn.close');
      const view = cardView(reply.card, { bars: options.preferences().bars, close });
      return {
        ack: { response_action: 'update', view },
        after: reply.audience === 'public' ? after : nothing,
      };
    }
  }
}

async function showLate(
  options: DeskOptions & { forms: Forms },
  { viewId, userId, teamId, values }: Submission,
  origin: FormOrigin,
  asking: Promise<Answered>,
): Promise<void> {
  const spot = spotOf({ userId, teamId }, origin);
  try {
    const { person, reply } = await asking;
    const form = { action: origin.action, answers: readAnswers(values) };
    await options.forms.showLate(viewId, form, spot, reply, person);
  } catch (error) {
    await admitFailure(options, { ...spot, viewId }, error);
  }
}

function spotOf({ userId, teamId }: Pick<Submission, 'userId' | 'teamId'>, origin: FormOrigin): Spot {
  return {
    userId,
    teamId,
    channel: origin.channel,
    threadTs: origin.thread,
    publicThreadTs: origin.thread,
    isDm: origin.channel?.startsWith('D') === true,
    responseUrl: null,
    trigger: null,
    viewId: null,
    isReplaceable: false,
  };
}

function errorsByBlock(
  fields: Readonly<Record<string, string>>,
  { blockIds }: Submission,
): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const [field, words] of Object.entries(fields)) {
    const own = blockOfField(field);
    const block = blockIds.includes(own) ? own : blockIds[0];
    if (block !== undefined)
      errors[block] = cut([errors[block], words].filter(Boolean).join(' '), longestError);
  }
  return errors;
}
