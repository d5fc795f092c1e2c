import { type BlockElement, isRecord, optionsOf, type WalkedBlock, walkBlocks } from '../blocks/walk.ts';
import type { SlackContext } from '../context.ts';
import type { Acknowledged } from '../contract.ts';
import { blockActions, type Place } from '../payloads.ts';
import { initialState, type StateValues, valueFields, withValue } from '../view-state.ts';
import { wireHome, wireView } from '../wire-views.ts';
import { acknowledged, type Client, placeOf, sendInteraction } from './deliver.ts';
import type { Memory } from './memory.ts';
import { chosenValue } from './values.ts';

export type PressTarget = { channel: string; ts: string } | { viewId: string } | { home: true };
type PressInput = { userId: string; target: PressTarget; actionId: string; chosen: string | undefined };

type Surface = {
  blocks: readonly unknown[];
  values: StateValues;
  /** Keeps what was chosen and tells where it happened. */
  place(values: StateValues): Place;
  suggestionKey: string;
};

/** Presses a button or chooses in a menu, as it stands in what is stored. @throws Error where no such thing is shown */
export async function press(client: Client, memory: Memory, input: PressInput): Promise<Acknowledged> {
  const { ctx } = client;
  const { userId, actionId, chosen } = input;
  const surface = findSurface(ctx, memory, input);
  const found = findElement(surface.blocks, actionId, chosen);
  if (found === null) {
    const what = chosen === undefined ? actionId : `${actionId} with ${chosen}`;
    throw new Error(`Nothing there can be pressed as ${what}.`);
  }
  const { block, element, raw } = found;
  const suggested = memory.suggestions.get(`${surface.suggestionKey}/${actionId}`) ?? [];
  const before = surface.values[block.blockId ?? '']?.[actionId];
  const isKept = valueFields[element.type] !== undefined;
  const value = isKept ? chosenValue(element, raw, chosen, before, suggested) : null;
  const values =
    value === null ? surface.values : withValue(surface.values, block.blockId ?? '', actionId, value);
  const place = surface.place(values);
  const action = { ...actionFields(element, raw, chosen), ...value, action_id: actionId };
  return acknowledged(
    await sendInteraction(client, userId, blockActions(ctx, { userId, place, block, action })),
  );
}

function findSurface(ctx: SlackContext, memory: Memory, { userId, target }: PressInput): Surface {
  if ('viewId' in target) {
    const record = ctx.views.get(target.viewId);
    if (record === null || record.userId !== userId)
      throw new Error(`The view ${target.viewId} is not open.`);
    return {
      blocks: record.view.blocks,
      values: record.values,
      place: (values) => ({ kind: 'view', view: wireView(ctx, ctx.views.change(record, { values })) }),
      suggestionKey: record.id,
    };
  }
  if ('home' in target) {
    const home = ctx.homes.get(userId);
    if (home === undefined) throw new Error(`Nothing is shown in the home of ${userId}.`);
    const key = `${userId}/home`;
    return {
      blocks: home.view.blocks,
      values: initialState(home.view.blocks, memory.entered.get(key) ?? {}),
      place(values) {
        memory.entered.set(key, values);
        return { kind: 'view', view: { ...wireHome(ctx, home), state: { values } } };
      },
      suggestionKey: home.id,
    };
  }
  placeOf(ctx, userId, target.channel);
  const message = ctx.messages.get(target.channel, target.ts);
  const isHidden = message?.ephemeralFor != null && message.ephemeralFor !== userId;
  if (message === null || isHidden) throw new Error(`There is no message ${target.ts} to be seen.`);
  const key = `${userId}/${message.channel}/${message.ts}`;
  return {
    blocks: message.blocks,
    values: initialState(message.blocks, memory.entered.get(key) ?? {}),
    place(values) {
      memory.entered.set(key, values);
      return { kind: 'message', message, values };
    },
    suggestionKey: key,
  };
}

type FoundElement = { block: WalkedBlock; element: BlockElement; raw: Record<string, unknown> };

/** The element with that id; where several blocks have one, that which offers what was chosen. */
function findElement(
  blocks: readonly unknown[],
  actionId: string,
  chosen: string | undefined,
): FoundElement | null {
  const all = walkBlocks(blocks).flatMap((block) =>
    block.elements.map(({ element, raw }) => ({ block, element, raw })),
  );
  const named = all.filter(({ element }) => element.action_id === actionId);
  return named.find(({ element, raw }) => offers(element, raw, chosen)) ?? null;
}

function offers(element: BlockElement, raw: Record<string, unknown>, chosen: string | undefined): boolean {
  if (element.type === 'feedback_buttons') return feedbackButton(raw, chosen) !== undefined;
  if (element.type === 'overflow') return optionsOf(element).some(({ value }) => value === chosen);
  if (element.type.endsWith('button')) return chosen === undefined || element.value === chosen;
  const options = optionsOf(element);
  return chosen === undefined || options.length === 0 || options.some(({ value }) => value === chosen);
}

function feedbackButton(raw: Record<string, unknown>, chosen: string | undefined) {
  return [raw.positive_button, raw.negative_button].filter(isRecord).find(({ value }) => value === chosen);
}

/** The fields of an action that its element keeps no value for. */
function actionFields(element: BlockElement, raw: Record<string, unknown>, chosen: string | undefined) {
  const { type } = element;
  if (type === 'overflow') {
    return { type, selected_option: optionsOf(element).find(({ value }) => value === chosen) };
  }
  if (type === 'feedback_buttons') {
    const button = feedbackButton(raw, chosen);
    return { type, text: button?.text, value: chosen };
  }
  const { text, url, style, placeholder } = raw;
  return {
    type,
    ...(text !== undefined && { text }),
    ...(element.value !== undefined && { value: element.value }),
    ...(url !== undefined && { url }),
    ...(style !== undefined && { style }),
    ...(placeholder !== undefined && { placeholder }),
  };
}
