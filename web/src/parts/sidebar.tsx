import type { PageChannel } from '../../../src/embedded/page/wire.ts';
import { type Connection, channelMessages, type PageState } from '../state/page-state.ts';
import type { Reading } from '../state/reading.ts';
import { appHref, channelHref, type Route } from '../state/route.ts';
import { Icon, type IconName } from './icon.tsx';

type SidebarProps = {
  state: PageState;
  reading: Reading;
  route: Route;
  onLeave(): void;
  onPerson(user: string): void;
};

export function Sidebar({ state, reading, route, onLeave, onPerson }: SidebarProps) {
  const channels = state.channels.filter(({ isIm }) => !isIm);
  const im = state.channels.find(({ isIm }) => isIm);
  const isApp = route.kind === 'home' || route.kind === 'app-messages';
  return (
    <div className="sidebar">
      <header className="sidebar-head">
        <p className="brand">Kaggle Agent</p>
        <ConnectionNote connection={state.connection} />
      </header>
      <nav className="sidebar-nav" aria-label="Workspace">
        <h2 className="sidebar-title">Channels</h2>
        <ul>
          {channels.map((channel) => (
            <li key={channel.id}>
              <Place
                href={channelHref(channel.id)}
                icon={channel.isPrivate ? 'lock' : 'hash'}
                name={channel.name}
                isCurrent={route.kind === 'channel' && route.channel === channel.id}
                unread={unreadIn(state, reading, channel)}
                onLeave={onLeave}
              />
            </li>
          ))}
        </ul>
        <h2 className="sidebar-title">Apps</h2>
        <ul>
          <li>
            <Place
              href={appHref('home')}
              icon="app"
              name="Kaggle Agent"
              isCurrent={isApp}
              unread={im === undefined ? 0 : unreadIn(state, reading, im)}
              onLeave={onLeave}
            />
          </li>
        </ul>
      </nav>
      <Person state={state} onPerson={onPerson} />
    </div>
  );
}

type PlaceProps = {
  href: string;
  icon: IconName;
  name: string;
  isCurrent: boolean;
  unread: number;
  onLeave(): void;
};

function Place({ href, icon, name, isCurrent, unread, onLeave }: PlaceProps) {
  return (
    <a
      className={`place ${unread > 0 ? 'place-unread' : ''}`}
      href={href}
      onClick={onLeave}
      {...(isCurrent ? { 'aria-current': 'page' as const } : {})}
    >
      <Icon name={icon} />
      <span className="place-name">{name}</span>
      {unread > 0 ? (
        <span className="place-count">
          {unread}
          <span className="for-readers"> unread</span>
        </span>
      ) : null}
    </a>
  );
}

function unreadIn(state: PageState, reading: Reading, { id }: PageChannel): number {
  const seen = reading.lastRead(id);
  const messages = channelMessages(state, id).filter(
    ({ user, isEphemeral }) => user !== state.me && !isEphemeral,
  );
  return messages.filter(({ ts }) => seen === null || ts > seen).length;
}

const connectionWords: Readonly<Record<Connection, string>> = {
  connecting: 'Connecting…',
  open: 'Live',
  lost: 'Reconnecting…',
};

function ConnectionNote({ connection }: { connection: Connection }) {
  return (
    <p className={`connection connection-${connection}`} role="status">
      {connectionWords[connection]}
    </p>
  );
}

/** Others of the workspace can be tried too: they may have other roles and languages. */
function Person({ state, onPerson }: { state: PageState; onPerson(user: string): void }) {
  const people = state.people.filter(({ id }) => id !== state.bot);
  const me = people.find(({ id }) => id === state.me);
  if (people.length < 2) return <footer className="sidebar-foot">You are {me?.name ?? '…'}</footer>;
  return (
    <footer className="sidebar-foot">
      <label>
        You are{' '}
        <select
          className="person"
          value={state.me}
          onChange={({ currentTarget }) => onPerson(currentTarget.value)}
        >
          {people.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </footer>
  );
}
