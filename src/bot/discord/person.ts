import { type BaseInteraction, GuildMember, PermissionFlagsBits } from 'discord.js';
import type { Person, Role } from '../../domain/person.ts';
import type { Locale } from '../../domain/preferences.ts';

export type RoleIds = {
  guildId: string;
  /** Empty: every member. */
  operatorRoles: readonly string[];
  /** Empty: who may manage the server. */
  adminRoles: readonly string[];
};

/** Who pressed or typed, with the roles that Discord sent along: as they are at this moment. */
export function personOf(interaction: BaseInteraction, ids: RoleIds): Person {
  const { user, member } = interaction;
  const nick = member instanceof GuildMember ? member.nickname : (member?.nick ?? null);
  return {
    actor: { type: 'discord', guildId: interaction.guildId ?? '', userId: user.id },
    name: nick ?? user.globalName ?? user.username,
    role: roleOf(interaction, ids),
    locale: localeOf(interaction.locale),
    timeZone: null,
  };
}

function roleOf(interaction: BaseInteraction, ids: RoleIds): Role | null {
  const { member, memberPermissions, guildId } = interaction;
  if (guildId !== ids.guildId || member === null || interaction.user.bot) return null;
  const roles = member instanceof GuildMember ? [...member.roles.cache.keys()] : member.roles;
  const hasOneOf = (wanted: readonly string[]) => wanted.some((id) => roles.includes(id));
  const isAdmin =
    ids.adminRoles.length === 0
      ? (memberPermissions?.has(PermissionFlagsBits.ManageGuild) ?? false)
      : hasOneOf(ids.adminRoles);
  if (isAdmin) return 'admin';
  return ids.operatorRoles.length === 0 || hasOneOf(ids.operatorRoles) ? 'operator' : 'viewer';
}

function localeOf(locale: string): Locale | null {
  if (locale === 'ja') return 'ja';
  return locale.startsWith('en') ? 'en' : null;
}
