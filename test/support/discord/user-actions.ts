import { randomBytes } from 'node:crypto';
import { type AnyComponent, allComponents, type Modal } from './component-rules.ts';
import {
  type Callback,
  channelJson,
  type DiscordMessage,
  type DiscordUser,
  memberJson,
  messageJson,
  type StoredInteraction,
  type World,
} from './world.ts';

const subcommandType = 1;
const textInput = 4;

/** What a user's action led to; read anew at each call. */
export type Interaction = {
  id: string;
  callback(): Callback | null;
  modal(): Modal | null;
  choices(): { name: string; value: string | number }[] | null;
  /** Everything that was said in answer, oldest first, as it stands now; deleted messages are not there. */
  messages(): DiscordMessage[];
};

export type UserActions = ReturnType<typeof createUserActions>;

/** What people do in Discord's client; each returns at once, as the gateway tells the bot. */
export function createUserActions(world: World, faults: { takeDuplicate: () => boolean }) {
  const begin = (
    user: DiscordUser,
    channelId: string,
    type: number,
    data: Record<string, unknown>,
    source: DiscordMessage | null = null,
  ): Interaction => {
    const channel = world.channels.get(channelId);
    if (channel === undefined) throw new Error(`no channel ${channelId}`);
    const one: StoredInteraction = {
      id: world.nextId(),
      token: randomBytes(24).toString('base64url'),
      type,
      user,
      channelId,
      createdAtMs: world.now(),
      callback: null,
      modal: null,
      choices: null,
      originalId: null,
      sourceId: source?.id ?? null,
      messageIds: [],
    };
    world.interactions.set(one.id, one);
    const event = {
      id: one.id,
      application_id: world.applicationId,
      type,
      data,
      guild: { id: world.guild.id, locale: 'en-US', features: [] },
      guild_id: world.guild.id,
      channel: { ...channelJson(world, channel), permissions: String(user.permissions) },
      channel_id: channelId,
      member: memberJson(user),
      token: one.token,
      version: 1,
      ...(source === null ? {} : { message: messageJson(world, source) }),
      app_permissions: '2252109051448320',
      locale: user.locale,
      guild_locale: 'en-US',
      entitlements: [],
      authorizing_integration_owners: { '0': world.guild.id },
      context: 0,
      attachment_size_limit: 10_485_760,
    };
    world.dispatch('INTERACTION_CREATE', event);
    if (faults.takeDuplicate()) world.dispatch('INTERACTION_CREATE', event);
    return seen(world, one);
  };

  const commandData = (name: string, options: readonly Record<string, unknown>[]) => ({
    id: world.commands[0]?.id ?? '0',
    name: 'kaggle',
    type: 1,
    guild_id: world.guild.id,
    options: [{ name, type: subcommandType, options }],
  });

  const typed = (subcommand: string, values: Readonly<Record<string, string | number | boolean>>) =>
    Object.entries(values).map(([name, value]) => {
      const option = optionOf(world, subcommand, name);
      return { name, type: option.type, value };
    });

  const sourceOf = (user: DiscordUser, messageId: string, customId: string) => {
    const message = world.messages.get(messageId);
    if (message === undefined) throw new Error(`no message ${messageId}`);
    if (message.ephemeralFor !== null && message.ephemeralFor !== user.id) {
      throw new Error('somebody else cannot see this message');
    }
    const found = allComponents(message.components).find(({ custom_id }) => custom_id === customId);
    return { message, found };
  };

  return {
    slash(
      user: DiscordUser,
      channelId: string,
      subcommand: string,
      options: Readonly<Record<string, string | number | boolean>> = {},
    ): Interaction {
      return begin(user, channelId, 2, commandData(subcommand, typed(subcommand, options)));
    },
    /** Types into an option with autocomplete. */
    type(
      user: DiscordUser,
      channelId: string,
      subcommand: string,
      option: string,
      value: string,
    ): Interaction {
      const { type } = optionOf(world, subcommand, option);
      return begin(
        user,
        channelId,
        4,
        commandData(subcommand, [{ name: option, type, value, focused: true }]),
      );
    },
    press(user: DiscordUser, messageId: string, customId: string, isForged = false): Interaction {
      const { message, found } = sourceOf(user, messageId, customId);
      if (!isForged && (found?.type !== 2 || found.disabled === true)) {
        throw new Error(`no button ${customId} on ${messageId}`);
      }
      const data = { custom_id: customId, component_type: 2, id: found?.id ?? 1 };
      return begin(user, message.channelId, 3, data, message);
    },
    select(user: DiscordUser, messageId: string, customId: string, values: readonly string[]): Interaction {
      const { message, found } = sourceOf(user, messageId, customId);
      if (found?.type !== 3) throw new Error(`no select ${customId} on ${messageId}`);
      const known = new Set((found.options ?? []).map(({ value }) => value));
      if (!values.every((value) => known.has(value))) throw new Error('that is no option');
      return begin(
        user,
        message.channelId,
        3,
        { custom_id: customId, component_type: 3, id: found.id, values },
        message,
      );
    },
    /** Sends the modal that `opened` showed; what is not named keeps its initial value. */
    submitModal(
      opened: Interaction,
      values: Readonly<Record<string, string>>,
      isForged = false,
    ): Interaction {
      const from = world.interactions.get(opened.id);
      const modal = opened.modal();
      if (from === undefined || modal === null) throw new Error('no modal is open');
      const fields = modal.components.flatMap((one) => (one.type === 18 ? [one] : []));
      const components = fields.map((one, index) => {
        const { component } = one;
        const value = values[component.custom_id] ?? initialOf(component);
        if (!isForged) checkField(component, value);
        const answer = component.type === textInput ? { value } : { values: value === '' ? [] : [value] };
        return {
          type: 18,
          id: index * 2 + 1,
          component: { type: component.type, id: index * 2 + 2, custom_id: component.custom_id, ...answer },
        };
      });
      const source = from.sourceId === null ? null : (world.messages.get(from.sourceId) ?? null);
      return begin(from.user, from.channelId, 5, { custom_id: modal.custom_id, components }, source);
    },
  };
}

type ModalField = Extract<Modal['components'][number], { type: 18 }>['component'];

function initialOf(component: ModalField): string {
  if (component.type === textInput) return component.value ?? '';
  return component.options.find((option) => option.default === true)?.value ?? '';
}

/** Discord's own client refuses these. */
function checkField(component: ModalField, value: string): void {
  if (value === '' && component.required !== false) throw new Error(`${component.custom_id} is required`);
  if (component.type === textInput && value.length > (component.max_length ?? 4000)) {
    throw new Error(`${component.custom_id} is too long`);
  }
  if (component.type === 3 && value !== '' && !component.options.some((one) => one.value === value)) {
    throw new Error(`${value} is no option of ${component.custom_id}`);
  }
}

function optionOf(world: World, subcommand: string, name: string) {
  const found = world.commands
    .find((one) => one.name === 'kaggle')
    ?.options?.find((one) => one.name === subcommand);
  if (found === undefined) throw new Error(`/kaggle ${subcommand} is not registered`);
  const option = found.options?.find((one) => one.name === name);
  if (option === undefined) throw new Error(`/kaggle ${subcommand} has no option ${name}`);
  return option;
}

function seen(world: World, one: StoredInteraction): Interaction {
  return {
    id: one.id,
    callback: () => one.callback,
    modal: () => one.modal,
    choices: () => one.choices,
    messages: () =>
      one.messageIds.flatMap((id) => {
        const message = world.messages.get(id);
        return message === undefined ? [] : [message];
      }),
  };
}

/** Everything that a person reads in a message, components in their order. */
export function textOf(message: Pick<DiscordMessage, 'content' | 'components'>): string {
  const lines = (components: readonly AnyComponent[]): string[] =>
    components.flatMap((one) => [
      ...(one.content === undefined ? [] : [one.content]),
      ...(one.items ?? []).map(({ description }) => `[image: ${description ?? ''}]`),
      ...lines(one.components ?? []),
      ...(one.accessory === undefined ? [] : lines([one.accessory])),
      ...(one.type === 2 ? [`(${one.label})`] : []),
      ...(one.options ?? []).map(({ label }) => `<${label}>`),
    ]);
  return [message.content, ...lines(message.components)].filter((line) => line !== '').join('\n');
}

/** The custom id of the button with this label. */
export function buttonOf(message: Pick<DiscordMessage, 'components'>, label: string): string {
  const found = allComponents(message.components).find((one) => one.type === 2 && one.label === label);
  if (found?.custom_id === undefined) throw new Error(`no button "${label}"`);
  return found.custom_id;
}
