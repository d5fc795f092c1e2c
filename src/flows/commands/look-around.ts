import type { Context } from '../../context.ts';
import type { KnownCompetition } from '../../domain/command-results.ts';
import { readInstallation, recordAudit } from '../../state/alerts.ts';
import { competitionOfMessage } from '../../state/cards.ts';
import { findCompetition, listCompetitions } from '../../state/competitions.ts';
import { deadlineOf } from '../support/deadline.ts';

type LookContext = Pick<Context, 'state'>;

const installationCharacters = 8;

/** Every competition that was ever seen, for suggestions while typing. */
export async function readKnown(ctx: LookContext): Promise<KnownCompetition[]> {
  return (await listCompetitions(ctx.state)).map((competition) => {
    const { slug, title, state, requestedAt } = competition;
    return { slug, title, state, isRequested: requestedAt !== null, deadline: deadlineOf(competition) };
  });
}

/** The slug of the competition whose message, or whose thread, this is. */
export async function findThreadCompetition(
  ctx: LookContext,
  input: { platform: string; channel: string; threadId: string },
): Promise<string | null> {
  const { platform, channel, threadId } = input;
  return await competitionOfMessage(ctx.state, { platform, channel, messageId: threadId });
}

/** Somebody asked for what their role does not allow: nothing changed, and it is written down. */
export async function recordRefusal(
  ctx: Pick<Context, 'state' | 'actor' | 'log'>,
  input: { action: string; slug: string | null },
): Promise<void> {
  const competition = input.slug === null ? null : await findCompetition(ctx.state, input.slug);
  await recordAudit(ctx.state, {
    actor: ctx.actor,
    action: `refused.${input.action.slice(0, 40)}`,
    competitionId: competition?.id ?? null,
    details: input.slug === null ? {} : { slug: input.slug.slice(0, 100) },
  });
  ctx.log.warn({ action: input.action, actor: ctx.actor }, 'somebody was refused');
}

/** The first characters of the installation's id, which buttons carry. */
export async function readInstallationMark(ctx: LookContext): Promise<string> {
  return (await readInstallation(ctx.state)).slice(0, installationCharacters);
}
