import { PermissionFlagsBits } from 'discord.js';
import { neededPermissions } from './invite.ts';

export type Overwrite = { id: string; allow: bigint; deny: bigint };

type Facts = {
  userId: string;
  /** Also the id of the role that everybody has. */
  guildId: string;
  roles: readonly { id: string; permissions: bigint }[];
  member: { roles: readonly string[] };
  channel: { overwrites: readonly Overwrite[] };
};

/**
 * What the bot would need in a channel and does not have, in words.
 * Source: docs.discord.com, "Permissions", "Permission Overwrites": everybody's, then the roles' together, then the
 * member's own.
 */
export function missingPermissions(facts: Facts): string[] {
  const granted = permissionsIn(facts);
  return neededPermissions.filter(({ bit }) => (granted & bit) === 0n).map(({ words }) => words);
}

function permissionsIn({ userId, guildId, roles, member, channel }: Facts): bigint {
  const own = new Set([guildId, ...member.roles]);
  const base = roles.filter(({ id }) => own.has(id)).reduce((sum, { permissions }) => sum | permissions, 0n);
  if ((base & PermissionFlagsBits.Administrator) !== 0n) return ~0n;
  const { overwrites } = channel;
  const steps = [
    overwrites.filter(({ id }) => id === guildId),
    overwrites.filter(({ id }) => id !== guildId && own.has(id)),
    overwrites.filter(({ id }) => id === userId),
  ];
  return steps.reduce((granted, step) => {
    const deny = step.reduce((sum, one) => sum | one.deny, 0n);
    const allow = step.reduce((sum, one) => sum | one.allow, 0n);
    return (granted & ~deny) | allow;
  }, base);
}
