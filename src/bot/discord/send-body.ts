import type { Log } from '../../domain/log.ts';
import type { Card } from '../card.ts';
import { codeOf, codes } from './failure-of.ts';
import type { Body, SentMessage } from './messages.ts';
import { type Attachments, attachmentsOf, type DrawChart, pictureNames } from './pictures.ts';
import { type Marker, renderDiscordCard, renderPlainly } from './render-card.ts';

export type Sending = {
  card: Card;
  marker: Marker | null;
  /** Markup and the roles that it notifies; null: nobody. */
  mention: { markup: string; roles: readonly string[] } | null;
  /** Files of the message as it stands, where they are still right; null: none that are known. */
  kept: readonly string[] | null;
};

type Options = { drawChart: DrawChart; log: Log };
type Send<Sent> = (body: Body) => Promise<Sent>;

/**
 * Sends a card as well as Discord takes it: with the files that are there already, with fresh ones, without any,
 * and at last as one line. A body that Discord calls invalid is our mistake, and no reason to say nothing.
 */
export async function sendBody<Sent = SentMessage>(
  sending: Sending,
  options: Options,
  send: Send<Sent>,
): Promise<Sent> {
  const attempts = attemptsFor(sending, options);
  for (const [index, attempt] of attempts.entries()) {
    try {
      return await send(await attempt());
    } catch (error) {
      const code = codeOf(error);
      const isOurs = code === codes.invalidBody || code === codes.tooLarge;
      if (!isOurs || index === attempts.length - 1) throw error;
      const problem = error instanceof Error ? error.message : '';
      options.log.warn({ problem, attempt: index }, 'Discord refused a form of a message');
    }
  }
  throw new Error('there is always an attempt');
}

function attemptsFor({ card, marker, mention, kept }: Sending, options: Options): (() => Promise<Body>)[] {
  const notify = mention?.roles ?? [];
  const words = mention?.markup ?? null;
  const hasFiles = card.images.length > 0 || card.file !== null;
  const rendered = (
    one: Card,
    { pictures, files }: Attachments,
    keptIds: readonly string[] | null,
  ): Body => ({
    ...renderDiscordCard(one, { pictures, marker, mention: words }),
    files,
    kept: keptIds,
    notify,
  });
  const withKept = async () => rendered(card, { pictures: pictureNames(card), files: [] }, kept);
  const withFresh = async () => rendered(card, await attachmentsOf(card, options), null);
  const withoutFiles = async () =>
    rendered({ ...card, file: null }, { pictures: card.images.map(() => null), files: [] }, null);
  const plainly = async (): Promise<Body> => ({
    ...renderPlainly(card, marker),
    files: [],
    kept: null,
    notify,
  });
  return [
    ...(hasFiles && kept !== null ? [withKept] : []),
    ...(hasFiles ? [withFresh] : []),
    withoutFiles,
    plainly,
  ];
}
