import {
  type ChatInputCommandInteraction,
  type MessageComponentInteraction,
  MessageFlags,
  type ModalSubmitInteraction,
} from 'discord.js';
import type { Form } from '../form.ts';
import { codeOf, codes } from './failure-of.ts';
import { formModal } from './render-form.ts';

/** Everything that people do but typing. */
export type Acted = ChatInputCommandInteraction | MessageComponentInteraction | ModalSubmitInteraction;

/**
 * The first answer, within Discord's three seconds and before anything is looked up.
 * @returns false where it came too late or somebody else gave it: then the person was told otherwise already
 */
async function isTaken(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer;
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === codes.unknownInteraction || code === codes.alreadyAcknowledged) return false;
    throw error;
  }
}

/** "Thinking", seen by who asked alone; a public answer follows in its own message. */
export function deferPrivately(interaction: Acted): Promise<boolean> {
  return isTaken(interaction.deferReply({ flags: MessageFlags.Ephemeral }));
}

/** The pressed message stays as it is until there is something to say. */
export function deferQuietly(interaction: MessageComponentInteraction): Promise<boolean> {
  return isTaken(interaction.deferUpdate());
}

export function openForm(
  interaction: ChatInputCommandInteraction | MessageComponentInteraction,
  form: Form,
): Promise<boolean> {
  return isTaken(interaction.showModal(formModal(form)));
}

/** True where the pressed message is one that only this person sees. */
export function isOnPrivateMessage(interaction: Acted): boolean {
  if (!interaction.isMessageComponent()) return false;
  return interaction.message.flags.has(MessageFlags.Ephemeral);
}
