import { createHash } from 'node:crypto';
import { type REST, Routes } from 'discord.js';
import { z } from 'zod';
import { commandDefinition } from './command-definition.ts';

const commandsSchema = z.array(z.record(z.string(), z.unknown()));

/**
 * Makes the server know `/kaggle`; asks first and writes only what changed, since Discord counts creations.
 * @returns whether anything was written
 * Source: docs.discord.com, "Application Commands", "Bulk Overwrite Guild Application Commands"
 */
export async function registerCommand(
  rest: REST,
  { applicationId, guildId }: { applicationId: string; guildId: string },
  signal: AbortSignal,
): Promise<'written' | 'unchanged'> {
  const route = Routes.applicationGuildCommands(applicationId, guildId);
  const wanted = [commandDefinition()];
  const query = new URLSearchParams({ with_localizations: 'true' });
  const known = commandsSchema.parse(await rest.get(route, { query, signal }));
  if (hashOf(known) === hashOf(wanted)) return 'unchanged';
  await rest.put(route, { body: wanted, signal });
  return 'written';
}

/** Fields that Discord adds, and defaults that it writes out. */
const added = new Set([
  'id',
  'application_id',
  'version',
  'guild_id',
  'dm_permission',
  'nsfw',
  'integration_types',
  'default_member_permissions',
  'name_localized',
  'description_localized',
]);

/** The same for what we send and for what Discord makes of it. */
function hashOf(commands: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify(commands.map(essence)))
    .digest('hex');
}

function essence(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(essence);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .filter(([key, one]) => !added.has(key) && one !== null && one !== false && !isEmpty(one))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => [key, essence(one)]);
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
