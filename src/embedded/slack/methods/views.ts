import { z } from 'zod';
import { knownUser } from '../access.ts';
import { refuse, SlackApiError } from '../api-error.ts';
import { checkHome, checkModal } from '../blocks/check.ts';
import type { SlackContext } from '../context.ts';
import { makeId } from '../ids.ts';
import { defineMethod, json, type MethodTable, optionalText } from '../method.ts';
import { makeHash, type ViewRecord } from '../views.ts';
import { wireHome, wireView } from '../wire-views.ts';

const open = defineMethod({
  tier: 4,
  args: z.object({ trigger_id: z.string(), view: json }),
  run(ctx, args) {
    const view = checkModal(args.view, ctx.blockRules);
    const { userId } = ctx.triggers.exchange(args.trigger_id);
    return { view: wireView(ctx, ctx.views.open(userId, view)) };
  },
});

const push = defineMethod({
  tier: 4,
  args: z.object({ trigger_id: z.string(), view: json }),
  run(ctx, args) {
    const view = checkModal(args.view, ctx.blockRules);
    const { userId } = ctx.triggers.exchange(args.trigger_id);
    return { view: wireView(ctx, ctx.views.push(userId, view)) };
  },
});

const update = defineMethod({
  tier: 4,
  args: z.object({ view: json, view_id: optionalText, external_id: optionalText, hash: optionalText }),
  run(ctx, args) {
    const view = checkModal(args.view, ctx.blockRules);
    const record = findView(ctx, args.view_id, args.external_id);
    return { view: wireView(ctx, ctx.views.update(record, view, args.hash)) };
  },
});

function findView(ctx: SlackContext, id: string | undefined, externalId: string | undefined): ViewRecord {
  if (id === undefined && externalId === undefined) {
    throw refuse('invalid_arguments', ['[ERROR] missing required field: view_id']);
  }
  const record = id === undefined ? ctx.views.byExternalId(externalId ?? '') : ctx.views.get(id);
  if (record === null) throw new SlackApiError('not_found');
  return record;
}

const publish = defineMethod({
  tier: 4,
  args: z.object({ user_id: z.string(), view: json, hash: optionalText }),
  run(ctx, args) {
    const view = checkHome(args.view, ctx.blockRules);
    const { id: userId } = knownUser(ctx, args.user_id);
    const before = ctx.homes.get(userId);
    if (args.hash !== undefined && args.hash !== before?.hash) throw new SlackApiError('hash_conflict');
    const home = { userId, id: before?.id ?? makeId('V'), hash: makeHash(ctx.now()), view };
    ctx.homes.set(userId, home);
    ctx.emit({ type: 'home', userId });
    return { view: wireHome(ctx, home) };
  },
});

export const viewMethods: MethodTable = {
  'views.open': open,
  'views.push': push,
  'views.update': update,
  'views.publish': publish,
};
