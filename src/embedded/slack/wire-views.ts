import type { SlackContext } from './context.ts';
import type { HomeRecord } from './records.ts';
import { initialState } from './view-state.ts';
import type { ViewRecord } from './views.ts';

/** A modal as the app sees it, with what the person has entered so far. */
export function wireView(ctx: SlackContext, record: ViewRecord) {
  const { view } = record;
  return {
    ...commonFields(ctx, view),
    id: record.id,
    hash: record.hash,
    state: { values: record.values },
    title: view.title,
    submit: view.submit ?? null,
    close: view.close ?? null,
    clear_on_close: view.clear_on_close ?? false,
    notify_on_close: view.notify_on_close ?? false,
    root_view_id: record.rootViewId,
    previous_view_id: record.previousViewId,
  };
}

export function wireHome(ctx: SlackContext, { id, hash, view }: HomeRecord) {
  return {
    ...commonFields(ctx, view),
    id,
    hash,
    state: { values: initialState(view.blocks, {}) },
    title: { type: 'plain_text', text: 'View Title', emoji: true },
    root_view_id: id,
    previous_view_id: null,
  };
}

function commonFields(ctx: SlackContext, view: ViewRecord['view'] | HomeRecord['view']) {
  return {
    type: view.type,
    team_id: ctx.identity.teamId,
    app_id: ctx.identity.appId,
    bot_id: ctx.identity.botId,
    app_installed_team_id: ctx.identity.teamId,
    blocks: view.blocks,
    private_metadata: view.private_metadata ?? '',
    callback_id: view.callback_id ?? '',
    external_id: view.external_id ?? '',
  };
}
