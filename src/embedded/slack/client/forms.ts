import { z } from 'zod';
import { maxSelectOptions, optionGroup, plainOption } from '../blocks/text.ts';
import { walkBlocks } from '../blocks/walk.ts';
import type { SlackContext } from '../context.ts';
import type { Acknowledged } from '../contract.ts';
import { interaction } from '../payloads.ts';
import { isEmptyValue, type StateValues, valueFields, withValue } from '../view-state.ts';
import type { ViewRecord } from '../views.ts';
import { wireView } from '../wire-views.ts';
import { acknowledged, type Client, sendInteraction } from './deliver.ts';
import type { Memory } from './memory.ts';
import { fieldError, submittedValue } from './values.ts';
import { answerSubmission } from './view-answers.ts';

type GivenValues = Readonly<Record<string, Record<string, unknown>>>;

/** Presses the button that sends a form. Fields that Slack's client would not let through get their error at once. */
export async function submit(
  client: Client,
  memory: Memory,
  input: { userId: string; viewId: string; values: GivenValues },
): Promise<Acknowledged> {
  const { ctx } = client;
  const { userId, viewId } = input;
  const opened = openView(ctx, userId, viewId);
  if (opened.view.submit === undefined) throw new Error(`The view ${viewId} has nothing to submit.`);
  const values = enter(opened, memory, input.values);
  const errors = clientErrors(opened, values);
  const record = ctx.views.change(opened, { values, errors });
  if (Object.keys(errors).length > 0) {
    return { isAcknowledged: false, elapsedMs: 0, payload: { response_action: 'errors', errors } };
  }
  const attempt = await sendInteraction(client, userId, {
    type: 'view_submission',
    ...interaction(ctx, userId),
    trigger_id: ctx.triggers.issue(userId),
    view: wireView(ctx, record),
    response_urls: [],
  });
  // The app may have changed the view before it acknowledged.
  const current = ctx.views.get(viewId);
  if (attempt.isAcknowledged && current !== null && !answerSubmission(ctx, current, attempt.payload)) {
    ctx.trouble(userId, 'invalid_response');
  }
  return acknowledged(attempt);
}

/** Adds what was given to what stands in the view. @throws Error for fields and options that are not there */
function enter(record: ViewRecord, memory: Memory, given: GivenValues): StateValues {
  const fields = formFields(record);
  let { values } = record;
  for (const [blockId, actions] of Object.entries(given)) {
    for (const [actionId, value] of Object.entries(actions)) {
      const field = fields.find(({ block, element }) => block === blockId && element.action_id === actionId);
      if (field === undefined) throw new Error(`The view has no field ${blockId} / ${actionId}.`);
      const before = values[blockId]?.[actionId];
      const kept = Object.values(before ?? {}).flatMap((option) => plainOption.safeParse(option).data ?? []);
      const suggested = [...(memory.suggestions.get(`${record.id}/${actionId}`) ?? []), ...kept];
      values = withValue(
        values,
        blockId,
        actionId,
        submittedValue(field.element, field.raw, value, suggested),
      );
    }
  }
  return values;
}

function formFields({ view }: ViewRecord) {
  return walkBlocks(view.blocks).flatMap(({ blockId: block, type, isOptional, elements }) =>
    elements
      .filter(({ element }) => valueFields[element.type] !== undefined)
      .map(({ element, raw }) => ({ block, element, raw, isRequired: type === 'input' && !isOptional })),
  );
}

function clientErrors(record: ViewRecord, values: StateValues): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const { block, element, raw, isRequired } of formFields(record)) {
    const value = values[block ?? '']?.[element.action_id ?? ''];
    if (isEmptyValue(element, value)) {
      if (isRequired) errors[block ?? ''] = 'Please complete this required field.';
      continue;
    }
    const error = fieldError(element, raw, value?.value);
    if (error !== null) errors[block ?? ''] = error;
  }
  return errors;
}

/** Closes the view a person sees; the app hears of it where it asked to. */
export async function closeView(client: Client, userId: string, viewId: string): Promise<void> {
  const { ctx } = client;
  const record = openView(ctx, userId, viewId);
  const closesAll = record.view.clear_on_close ?? false;
  if (closesAll) ctx.views.clear(userId);
  else ctx.views.close(record);
  if (!record.view.notify_on_close) return;
  await sendInteraction(client, userId, {
    type: 'view_closed',
    ...interaction(ctx, userId),
    view: wireView(ctx, record),
    is_cleared: closesAll,
  });
}

const suggestionsSchema = z.union([
  z.object({ options: z.array(plainOption).max(maxSelectOptions) }),
  z.object({ option_groups: z.array(optionGroup).max(maxSelectOptions) }),
]);

/** Types into a menu whose options the app suggests. */
export async function suggest(
  client: Client,
  memory: Memory,
  input: { userId: string; viewId: string; actionId: string; typed: string },
): Promise<readonly { text: string; value: string }[]> {
  const { ctx } = client;
  const { userId, viewId, actionId, typed } = input;
  const record = openView(ctx, userId, viewId);
  const field = formFields(record).find(
    ({ element }) => element.action_id === actionId && element.type.includes('external_select'),
  );
  if (field === undefined) throw new Error(`The view has no menu ${actionId} that asks the app.`);
  // Slack asks from three characters on where the menu does not say otherwise.
  if (typed.length < (field.element.min_query_length ?? 3)) return [];
  const attempt = await sendInteraction(client, userId, {
    type: 'block_suggestion',
    ...interaction(ctx, userId),
    container: { type: 'view', view_id: viewId },
    action_id: actionId,
    block_id: field.block,
    value: typed,
    view: wireView(ctx, record),
  });
  if (!attempt.isAcknowledged) return [];
  const parsed = suggestionsSchema.safeParse(attempt.payload);
  if (!parsed.success) {
    ctx.trouble(userId, 'invalid_response');
    return [];
  }
  const options =
    'options' in parsed.data
      ? parsed.data.options
      : parsed.data.option_groups.flatMap((group) => group.options);
  memory.suggestions.set(`${viewId}/${actionId}`, options);
  return options.map(({ text, value }) => ({ text: text.text, value }));
}

function openView(ctx: SlackContext, userId: string, viewId: string): ViewRecord {
  const record = ctx.views.get(viewId);
  if (record === null || record.userId !== userId) throw new Error(`The view ${viewId} is not open.`);
  return record;
}
