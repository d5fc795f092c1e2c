import { useEffect, useState } from 'react';
import type { PageEvent, PageState } from '../state/page-state.ts';
import { type Reading, useReading } from '../state/reading.ts';
import { appHref, channelHref, parseRoute, type Route, useHash } from '../state/route.ts';
import { AppTabs, HomePane } from './app-pane.tsx';
import { ChannelPane } from './channel-pane.tsx';
import { Icon } from './icon.tsx';
import { PinnedMenu } from './pinned-menu.tsx';
import { Sidebar } from './sidebar.tsx';
import { ThreadPane } from './thread-pane.tsx';

type WorkspaceProps = {
  state: PageState;
  dispatch(event: PageEvent): void;
  onPerson(user: string): void;
};

export function Workspace({ state, dispatch, onPerson }: WorkspaceProps) {
  const reading = useReading(state.me);
  const route = settled(parseRoute(useHash()), state);
  const [isMenuOpen, setMenuOpen] = useState(false);
  const place = placeOf(route, state);
  useEffect(() => {
    document.title = `${place.name} · Kaggle Agent`;
  }, [place.name]);
  const shared = { state, dispatch, reading };
  return (
    <div
      className={`workspace ${place.thread === null ? '' : 'workspace-thread'} ${isMenuOpen ? 'workspace-menu' : ''}`}
    >
      <button type="button" className="skip button" onClick={skipToField}>
        Skip to the message field
      </button>
      <Sidebar
        state={state}
        reading={reading}
        route={route}
        onLeave={() => setMenuOpen(false)}
        onPerson={onPerson}
      />
      <main className="main">
        <header className="pane-head">
          <MenuToggle isOpen={isMenuOpen} onToggle={() => setMenuOpen(!isMenuOpen)} />
          <h1 className="pane-title">{place.name}</h1>
          {place.channel === null ? null : <PinnedMenu state={state} channel={place.channel} />}
          {route.kind === 'home' || route.kind === 'app-messages' ? (
            <AppTabs tab={route.kind === 'home' ? 'home' : 'messages'} hasMessages={place.im !== null} />
          ) : null}
        </header>
        {place.channel === null ? (
          <HomePane state={state} />
        ) : (
          <ChannelPane
            {...shared}
            key={place.channel}
            channel={place.channel}
            name={place.name}
            hrefOf={place.hrefOf}
          />
        )}
      </main>
      <OpenThread shared={shared} place={place} />
    </div>
  );
}

type Place = {
  name: string;
  /** Null on the app's home. */
  channel: string | null;
  thread: string | null;
  im: string | null;
  hrefOf(thread: string | null): string;
};

function OpenThread({
  shared,
  place: { channel, thread, name, hrefOf },
}: {
  shared: { state: PageState; dispatch(event: PageEvent): void; reading: Reading };
  place: Place;
}) {
  if (channel === null || thread === null) return null;
  return (
    <ThreadPane
      {...shared}
      key={`${channel}/${thread}`}
      channel={channel}
      thread={thread}
      name={name}
      backHref={hrefOf(null)}
    />
  );
}

/** The first channel, until somebody goes elsewhere or to one that is not there. */
function settled(route: Route, state: PageState): Route {
  const isThere = route.kind !== 'channel' || state.channels.some(({ id }) => id === route.channel);
  if (route.kind !== 'start' && isThere) return route;
  const first = state.channels.find(({ isIm }) => !isIm);
  return first === undefined ? { kind: 'home' } : { kind: 'channel', channel: first.id, thread: null };
}

function placeOf(route: Route, state: PageState): Place {
  const im = state.channels.find(({ isIm }) => isIm)?.id ?? null;
  if (route.kind === 'channel') {
    const name = state.channels.find(({ id }) => id === route.channel)?.name ?? route.channel;
    const hrefOf = (thread: string | null): string => channelHref(route.channel, thread);
    return { name: `#${name}`, channel: route.channel, thread: route.thread, im, hrefOf };
  }
  const isMessages = route.kind === 'app-messages' && im !== null;
  return {
    name: 'Kaggle Agent',
    channel: isMessages ? im : null,
    thread: isMessages ? route.thread : null,
    im,
    hrefOf: (thread) => appHref('messages', thread),
  };
}

/** On a phone the list of channels is behind a button. */
function MenuToggle({ isOpen, onToggle }: { isOpen: boolean; onToggle(): void }) {
  return (
    <button
      type="button"
      className="button button-plain button-icon menu-toggle"
      aria-label={isOpen ? 'Close the list of channels' : 'Open the list of channels'}
      aria-expanded={isOpen}
      onClick={onToggle}
    >
      <Icon name={isOpen ? 'close' : 'menu'} />
    </button>
  );
}

function skipToField(): void {
  document.querySelector<HTMLElement>('.main textarea, .main .home')?.focus();
}
