import type { WebClient } from '@slack/web-api';
import { z } from 'zod';
import { slackFailure } from './slack-failure.ts';

const identitySchema = z.looseObject({
  team_id: z.string(),
  user_id: z.string(),
  bot_id: z.string(),
  team: z.string().default(''),
});

/** The app in its workspace. */
export type Identity = { teamId: string; teamName: string; botUserId: string; botId: string };

/** Asks Slack once who we are; what failed is asked again the next time. */
export function createIdentity(client: WebClient) {
  let known: Identity | null = null;
  return {
    /** @throws Failure */
    async read(): Promise<Identity> {
      if (known !== null) return known;
      try {
        const answer = identitySchema.parse(await client.auth.test());
        known = {
          teamId: answer.team_id,
          teamName: answer.team,
          botUserId: answer.user_id,
          botId: answer.bot_id,
        };
        return known;
      } catch (error) {
        throw slackFailure(error);
      }
    },
  };
}

export type IdentityReader = ReturnType<typeof createIdentity>;
