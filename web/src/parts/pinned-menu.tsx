import { MenuButton } from '../blocks/menu-button.tsx';
import { channelMessages, type PageState } from '../state/page-state.ts';

const mostLetters = 60;

/** The way back to what was pinned, however far up it stands. */
export function PinnedMenu({ state, channel }: { state: PageState; channel: string }) {
  const pinned = channelMessages(state, channel).filter(({ isPinned }) => isPinned);
  if (pinned.length === 0) return null;
  return (
    <div className="pinned">
      <MenuButton
        label={`${pinned.length} pinned`}
        isOverflow={false}
        isBusy={false}
        options={pinned.map(({ ts, text }) => ({
          label: text.length > mostLetters ? `${text.slice(0, mostLetters)}…` : text,
          value: ts,
          description: null,
          isChosen: false,
        }))}
        onChoose={show}
      />
    </div>
  );
}

function show(ts: string): void {
  const message = document.querySelector<HTMLElement>(`.main [data-ts="${CSS.escape(ts)}"]`);
  message?.scrollIntoView({ block: 'start' });
  message?.focus();
}
