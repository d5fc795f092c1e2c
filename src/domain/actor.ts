import { z } from 'zod';

/** Who caused a change; written beside it. */
export const actorSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('slack'), teamId: z.string(), userId: z.string() }),
  z.object({ type: z.literal('discord'), guildId: z.string(), userId: z.string() }),
  z.object({ type: z.literal('console'), user: z.string() }),
  z.object({ type: z.literal('command'), user: z.string() }),
  z.object({ type: z.literal('job'), name: z.string(), runId: z.string() }),
  z.object({ type: z.literal('schedule'), name: z.string() }),
  z.object({ type: z.literal('default'), reason: z.string() }),
]);

export type Actor = z.output<typeof actorSchema>;

/** The actor in words for people. */
export function nameOfActor(actor: Actor): string {
  switch (actor.type) {
    case 'slack':
      return `<@${actor.userId}>`;
    case 'discord':
      return `<@${actor.userId}>`;
    case 'console':
    case 'command':
      return actor.user;
    case 'job':
      return 'the agent';
    case 'schedule':
      return `the ${actor.name} schedule`;
    case 'default':
      return `default (${actor.reason})`;
  }
}
