import type { ModalView } from '@slack/types';
import { SlackApiError } from './api-error.ts';
import { makeId, makeSecret } from './ids.ts';
import { initialState, type StateValues } from './view-state.ts';

export type ViewRecord = {
  id: string;
  userId: string;
  view: ModalView;
  hash: string;
  rootViewId: string;
  previousViewId: string | null;
  /** What the person has entered so far. */
  values: StateValues;
  errors: Readonly<Record<string, string>>;
};

/** Source: modal views, view stack. */
const maxStacked = 3;

/** The modals that are open, a stack for each person; the last one is what the person sees. */
export type Views = {
  stack(userId: string): readonly ViewRecord[];
  get(id: string): ViewRecord | null;
  byExternalId(externalId: string): ViewRecord | null;
  /** Opens a first view; what was open is gone. @throws SlackApiError `duplicate_external_id` */
  open(userId: string, view: ModalView): ViewRecord;
  /** @throws SlackApiError `push_limit_reached`, `duplicate_external_id`, `not_found` with nothing open */
  push(userId: string, view: ModalView): ViewRecord;
  /** @throws SlackApiError `hash_conflict`, `duplicate_external_id` */
  update(record: ViewRecord, view: ModalView, hash: string | undefined): ViewRecord;
  change(record: ViewRecord, change: Partial<Pick<ViewRecord, 'values' | 'errors'>>): ViewRecord;
  /** Closes one view; the one below shows again. */
  close(record: ViewRecord): void;
  clear(userId: string): void;
};

export function createViews(now: () => Date, changed: (userId: string) => void): Views {
  const stacks = new Map<string, readonly ViewRecord[]>();
  const all = () => [...stacks.values()].flat();
  const get = (id: string) => all().find((record) => record.id === id) ?? null;
  const byExternalId = (externalId: string) =>
    all().find(({ view }) => view.external_id === externalId) ?? null;
  const setStack = (userId: string, stack: readonly ViewRecord[]): void => {
    stacks.set(userId, stack);
    changed(userId);
  };
  const refuseTaken = (view: ModalView, exceptId: string | null): void => {
    if (view.external_id === undefined || view.external_id === '') return;
    const taken = byExternalId(view.external_id);
    if (taken !== null && taken.id !== exceptId) throw new SlackApiError('duplicate_external_id');
  };
  const replace = (record: ViewRecord): ViewRecord => {
    const stack = stacks.get(record.userId) ?? [];
    setStack(
      record.userId,
      stack.map((other) => (other.id === record.id ? record : other)),
    );
    return record;
  };
  const put = (userId: string, below: readonly ViewRecord[], view: ModalView): ViewRecord => {
    refuseTaken(view, null);
    const id = makeId('V');
    const record: ViewRecord = {
      id,
      userId,
      view,
      hash: makeHash(now()),
      rootViewId: below[0]?.id ?? id,
      previousViewId: below.at(-1)?.id ?? null,
      values: initialState(view.blocks, {}),
      errors: {},
    };
    setStack(userId, [...below, record]);
    return record;
  };

  return {
    stack: (userId) => stacks.get(userId) ?? [],
    get,
    byExternalId,
    open: (userId, view) => put(userId, [], view),
    push(userId, view) {
      const below = stacks.get(userId) ?? [];
      if (below.length === 0) throw new SlackApiError('not_found');
      if (below.length >= maxStacked) throw new SlackApiError('push_limit_reached');
      return put(userId, below, view);
    },
    update(record, view, hash) {
      if (hash !== undefined && hash !== record.hash) throw new SlackApiError('hash_conflict');
      refuseTaken(view, record.id);
      const values = initialState(view.blocks, record.values);
      return replace({ ...record, view, hash: makeHash(now()), values, errors: {} });
    },
    change: (record, change) => replace({ ...record, ...change }),
    close(record) {
      const stack = stacks.get(record.userId) ?? [];
      setStack(
        record.userId,
        stack.filter(({ id }) => id !== record.id),
      );
    },
    clear: (userId) => setStack(userId, []),
  };
}

/** As Slack's: a time and something random. */
export function makeHash(now: Date): string {
  return `${Math.floor(now.getTime() / 1000)}.${makeSecret(4)}`;
}
