import { useEffect, useMemo, useReducer, useState } from 'react';
import { z } from 'zod';
import { useConfirm } from './parts/confirm.tsx';
import { type Enlarged, Lightbox } from './parts/lightbox.tsx';
import { ModalHost } from './parts/modal.tsx';
import { Toasts } from './parts/toasts.tsx';
import { Workspace } from './parts/workspace.tsx';
import { connect } from './state/connection.ts';
import { createDeeds, DeedsContext } from './state/deeds.ts';
import { keep, kept } from './state/keeping.ts';
import { emptyState, nextState, type PageState } from './state/page-state.ts';
import { type Place, PlaceContext } from './state/place.ts';
import { ToastsContext } from './state/toasts.ts';

const personName = 'person';

export function App() {
  const [state, dispatch] = useReducer(nextState, emptyState);
  const [person, setPerson] = useState(() => kept(personName, z.string()));
  const [enlarged, setEnlarged] = useState<Enlarged | null>(null);
  const { confirm, dialog } = useConfirm();
  useEffect(() => connect(person, dispatch), [person]);

  const deeds = useMemo(
    () => createDeeds({ user: state.me, dispatch, confirm, enlarge: setEnlarged }),
    [state.me, confirm],
  );
  const place = usePlaceOf(state);
  const toasts = useMemo(
    () => ({ toasts: state.toasts, close: (id: number) => dispatch({ type: 'toast-closed', id }) }),
    [state.toasts],
  );
  if (state.epoch === 0) {
    return (
      <p className="starting" role="status">
        {state.connection === 'lost' ? 'Kaggle Agent does not answer. Trying again…' : 'Opening…'}
      </p>
    );
  }
  return (
    <PlaceContext value={place}>
      <DeedsContext value={deeds}>
        <ToastsContext value={toasts}>
          <Workspace
            state={state}
            dispatch={dispatch}
            onPerson={(user) => {
              keep(personName, user);
              setPerson(user);
            }}
          />
          <p className="for-readers" role="log" aria-live="polite">
            {state.said}
          </p>
          <ModalHost views={state.views} />
          {dialog}
          {enlarged === null ? null : <Lightbox picture={enlarged} onClose={() => setEnlarged(null)} />}
          {state.views.length === 0 ? <Toasts /> : null}
        </ToastsContext>
      </DeedsContext>
    </PlaceContext>
  );
}

function usePlaceOf({ me, bot, people, channels }: PageState): Place {
  return useMemo(() => {
    const reader = people.find(({ id }) => id === me);
    return {
      me,
      bot,
      ...localeOf(reader?.locale, reader?.tz),
      nameOf: (user) => (user === bot ? 'kaggle' : (people.find(({ id }) => id === user)?.name ?? null)),
      channelName: (channel) => channels.find(({ id }) => id === channel)?.name ?? null,
    };
  }, [me, bot, people, channels]);
}

/** The person's own; the browser's where that is none that it knows. */
function localeOf(locale = '', timeZone = ''): Pick<Place, 'locale' | 'timeZone'> {
  try {
    const known = new Intl.DateTimeFormat(locale.replace('_', '-'), { timeZone }).resolvedOptions();
    return { locale: known.locale, timeZone: known.timeZone };
  } catch {
    const own = new Intl.DateTimeFormat().resolvedOptions();
    return { locale: own.locale, timeZone: own.timeZone };
  }
}
