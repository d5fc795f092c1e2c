import type {
  AutocompleteInteraction,
  BaseInteraction,
  ChatInputCommandInteraction,
  MessageComponentInteraction,
  ModalSubmitInteraction,
} from 'discord.js';
import { MessageFlags } from 'discord.js';
import type { Person, Role } from '../../domain/person.ts';
import type { Locale } from '../../domain/preferences.ts';
import { commandLine, type ParameterValues } from '../command-line.ts';
import { commandDefinitions, findVerb } from '../commands.ts';
import type { Door, Reply, SubmitReply, Where } from '../door.ts';
import type { Form, FormAnswers } from '../form.ts';
import { plainTexts, type Translate } from '../i18n.ts';
import { cut } from '../shorten.ts';
import { type Acted, deferPrivately, deferQuietly, isOnPrivateMessage, openForm } from './acknowledge.ts';
import { type AnswerOptions, answer, sayPrivately } from './answer.ts';
import { commandName } from './command-definition.ts';
import { readCustomId } from './custom-id.ts';
import { failureOf } from './failure-of.ts';
import { deleteOriginal } from './follow-up.ts';
import { createDiscordInk, mentionRole } from './ink.ts';
import { limits } from './limits.ts';
import { confirmation, formProblems, note } from './own-cards.ts';
import { personOf, type RoleIds } from './person.ts';
import { filledForm, readAnswers } from './render-form.ts';
import { sendBody } from './send-body.ts';

export type HandlerOptions = AnswerOptions & {
  door: Door;
  ids: RoleIds;
  /** The home channel. */
  channelId: string;
  /** Of shared messages; for people whose own language is not known. */
  language: () => Locale;
  now: () => Date;
};

/** One thing that a person did, and texts in the language in which they are answered. */
type Turn = { person: Person; where: Where; plain: Translate; options: HandlerOptions };

/** Acknowledges what a person did, asks the door, and says what it replied. Never throws. */
export async function handleInteraction(
  interaction: BaseInteraction,
  options: HandlerOptions,
): Promise<void> {
  if (options.kept.isRepeated(interaction.id)) return;
  const turn = turnOf(interaction, options);
  try {
    if (interaction.isAutocomplete()) await suggest(interaction, turn);
    else if (interaction.isChatInputCommand()) await runCommand(interaction, turn);
    else if (interaction.isMessageComponent()) await press(interaction, turn);
    else if (interaction.isModalSubmit()) await submit(interaction, turn);
  } catch (error) {
    // Somebody who types on does not wait for the suggestions of before.
    if (interaction.isAutocomplete()) return options.log.debug({}, 'suggestions not sent');
    // As a failure: the vendor's own error holds the request with its token.
    const err = failureOf(error, turn.where.channel);
    options.log.error({ err, interaction: interaction.id }, 'Discord interaction failed');
    await apologise(interaction, turn);
  }
}

function turnOf(interaction: BaseInteraction, options: HandlerOptions): Turn {
  const person = personOf(interaction, options.ids);
  const { channel } = interaction;
  const isThread = channel?.isThread() === true;
  const place = (isThread ? channel.parentId : interaction.channelId) ?? '';
  return {
    person,
    plain: plainTexts(person.locale ?? options.language()),
    options,
    where: {
      platform: 'discord',
      channel: place,
      threadId: isThread ? channel.id : null,
      canSlash: true,
      isHome: place === options.channelId,
      whoCan: (role) => rolesOf(role, options.ids),
      ink: createDiscordInk(),
      now: options.now(),
    },
  };
}

/** Mentions of the roles, which notify nobody in an answer; null where every member has it, or Discord says who. */
function rolesOf(role: Role, { operatorRoles, adminRoles }: RoleIds): string | null {
  const roles = role === 'admin' ? adminRoles : role === 'operator' ? operatorRoles : [];
  return roles.length === 0 ? null : roles.map(mentionRole).join(' ');
}

async function suggest(interaction: AutocompleteInteraction, { person, options }: Turn): Promise<void> {
  const typed = interaction.options.getFocused();
  const found = await options.door.suggest({ typed, person }).catch(() => []);
  const choices = found
    .filter(({ value }) => value !== '' && value.length <= limits.choiceText)
    .slice(0, limits.choices)
    .map(({ label, value }) => ({ name: cut(label, limits.choiceText) || value, value }));
  await interaction.respond(choices);
}

async function runCommand(interaction: ChatInputCommandInteraction, turn: Turn): Promise<void> {
  const { person, where, options } = turn;
  const { door } = options;
  const text = lineOf(interaction);
  const form = door.formAtOnce({ text, person, where });
  if (form !== null) return showForm(interaction, form, turn);
  if (!(await deferPrivately(interaction))) return noteLate(interaction, turn);
  const reply = await door.command({ text, person, where });
  await answer(interaction, reply, { deferred: 'privately', ...turn });
}

/** What the person would have typed. */
function lineOf(interaction: ChatInputCommandInteraction): string {
  const verb = interaction.commandName === commandName ? findVerb(interaction.options.getSubcommand()) : null;
  if (verb === null) return 'help';
  const values: Record<string, ParameterValues[string]> = {};
  for (const { name } of commandDefinitions[verb].parameters)
    values[name] = interaction.options.get(name)?.value;
  return commandLine(verb, values);
}

async function press(interaction: MessageComponentInteraction, turn: Turn): Promise<void> {
  const { kept } = turn.options;
  const first = readCustomId(interaction.customId);
  const chosen = interaction.isStringSelectMenu() ? interaction.values[0] : undefined;
  const pressed = first.kind === 'menu' && chosen !== undefined ? readCustomId(chosen) : first;
  switch (pressed.kind) {
    case 'action':
      return carryOut(interaction, pressed.action, turn);
    case 'ask':
      return ask(interaction, pressed.action, turn);
    case 'form':
    case 'pick': {
      const form = kept.form(pressed.key);
      if (form === null) return tell(interaction, turn.plain('chats:discord.form_gone'), turn);
      return showForm(interaction, pressed.kind === 'form' ? form : withSlug(form, pressed.slug), turn);
    }
    case 'dismiss':
    case 'menu':
      if ((await deferQuietly(interaction)) && isOnPrivateMessage(interaction))
        await deleteOriginal(interaction);
  }
}

async function carryOut(interaction: MessageComponentInteraction, action: string, turn: Turn): Promise<void> {
  const { person, where, options } = turn;
  const form = options.door.formAtOnce({ action, person, where });
  if (form !== null) return showForm(interaction, form, turn);
  if (!(await deferQuietly(interaction))) return noteLate(interaction, turn);
  const reply: Reply = await options.door.press({ action, person, where });
  await answer(interaction, reply, { deferred: 'quietly', ...turn });
}

/** Discord has no question before a press, so a private message asks it, with one red button. */
async function ask(interaction: MessageComponentInteraction, action: string, turn: Turn): Promise<void> {
  const { component } = interaction;
  const label = 'label' in component ? (component.label ?? '') : '';
  const card = confirmation(action, turn.options.kept.confirm(action), label, turn.plain);
  await sendBody<void>({ card, marker: null, mention: null, kept: null }, turn.options, async (body) => {
    const flags = MessageFlags.IsComponentsV2 | MessageFlags.Ephemeral;
    await interaction.reply({ components: body.components, flags });
  });
}

async function tell(interaction: MessageComponentInteraction, text: string, turn: Turn): Promise<void> {
  if (!(await deferQuietly(interaction))) return;
  await sayPrivately(interaction, note(text), isOnPrivateMessage(interaction), turn.options);
}

function withSlug(form: Form, slug: string): Form {
  const field = form.fields.find(({ kind }) => kind === 'competition');
  return field === undefined ? form : filledForm(form, { [field.id]: slug });
}

async function showForm(
  interaction: ChatInputCommandInteraction | MessageComponentInteraction,
  form: Form,
  turn: Turn,
): Promise<void> {
  turn.options.kept.noteOpened(interaction.user.id, form);
  if (!(await openForm(interaction, form))) noteLate(interaction, turn);
}

async function submit(interaction: ModalSubmitInteraction, turn: Turn): Promise<void> {
  const { person, where, options } = turn;
  if (!(await deferPrivately(interaction))) return noteLate(interaction, turn);
  const action = interaction.customId;
  const answers = readAnswers(interaction);
  const reply: SubmitReply = await options.door.submit({ action, answers, person, where });
  if (reply.kind !== 'errors') {
    return answer(interaction, reply, { deferred: 'privately', ...turn });
  }
  const card = await problemsOf(interaction, answers, reply.fields, turn);
  await sayPrivately(interaction, card, true, options);
}

/** Discord's forms are closed by now: the answers are kept, so that nothing has to be typed again. */
async function problemsOf(
  interaction: ModalSubmitInteraction,
  answers: FormAnswers,
  errors: Readonly<Record<string, string>>,
  { person, plain, options: { kept, door } }: Turn,
) {
  const opened = kept.opened(interaction.user.id, interaction.customId);
  const form = opened === null ? null : filledForm(opened, answers);
  const wrong = form?.fields.find(({ kind, id }) => kind === 'competition' && errors[id] !== undefined);
  const typed = wrong === undefined ? undefined : answers[wrong.id];
  const suggestions = typed === undefined ? [] : await door.suggest({ typed, person }).catch(() => []);
  const key = form === null ? null : kept.keepForm(form);
  return formProblems({ form, key, errors, suggestions }, plain);
}

/** The person saw a failure of Discord's already, so nothing is done behind their back. */
function noteLate(interaction: Acted, { options }: Turn): void {
  const lateMs = options.now().getTime() - interaction.createdTimestamp;
  options.log.warn({ interaction: interaction.id, lateMs }, 'Discord interaction came too late');
}

async function apologise(interaction: BaseInteraction, { plain, options }: Turn): Promise<void> {
  if (!interaction.isRepliable() || (!interaction.deferred && !interaction.replied)) return;
  const content = plain('chats:discord.failed');
  await interaction.followUp({ content, flags: MessageFlags.Ephemeral }).catch((error: unknown) => {
    options.log.warn({ err: failureOf(error, interaction.channelId ?? '') }, 'Discord apology not sent');
  });
}
