import { MessageFlags, Routes } from 'discord.js';
import type { Acted } from './acknowledge.ts';
import { type Body, requestOf } from './messages.ts';

/**
 * What is said after the acknowledgement, by the interaction's own token, which is good for 15 minutes. By hand,
 * since the client's own methods leave out the names of files.
 * Source: docs.discord.com, "Receiving and Responding to Interactions", "Followup Messages"
 */

const original = '@original';

/** Fills in "thinking", or rewrites the private message whose button was pressed. */
export async function rewriteOriginal(interaction: Acted, body: Body): Promise<void> {
  const { applicationId, token, client } = interaction;
  const route = Routes.webhookMessage(applicationId, token, original);
  await client.rest.patch(route, { ...requestOf(body), auth: false });
}

/** A message of its own. */
export async function followUp(interaction: Acted, body: Body, isPrivate: boolean): Promise<void> {
  const { applicationId, token, client } = interaction;
  const request = requestOf(body);
  const flags = isPrivate ? body.flags | MessageFlags.Ephemeral : body.flags;
  await client.rest.post(Routes.webhook(applicationId, token), {
    ...request,
    body: { ...request.body, flags },
    query: new URLSearchParams({ wait: 'true' }),
    auth: false,
  });
}

export async function deleteOriginal({ applicationId, token, client }: Acted): Promise<void> {
  await client.rest.delete(Routes.webhookMessage(applicationId, token, original), { auth: false });
}
