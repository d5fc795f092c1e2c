import { type ActionName, actionText } from '../action.ts';
import type { ButtonStyle, CardAction, Confirm } from '../card.ts';
import type { TextKey } from '../i18n.ts';
import { shorten } from '../shorten.ts';
import type { CardOptions } from './card-options.ts';

/** Slack takes no more in an accessibility label, nor Discord and Slack in a button (80 and 75). */
const longestLabel = 75;
const longestMenuLabel = 75;

type Place = Pick<CardOptions, 'voice' | 'installation'>;
type Looks = { label: string; style?: ButtonStyle; confirm?: Confirm | null; hint?: string | null };
type MenuEntry = { label: string; name: ActionName; args: readonly string[] };

/** A button; none where what it means does not fit into one (names beyond anything that Kaggle gives). */
export function button(
  place: Place,
  name: ActionName,
  args: readonly string[],
  { label, style = 'plain', confirm = null, hint = null }: Looks,
): CardAction[] {
  const action = actionText(place, name, args);
  if (action === null) return [];
  const words = hint === null ? null : shorten(hint, longestLabel);
  return [{ kind: 'button', action, label: shorten(label, longestLabel), style, confirm, hint: words }];
}

type SlugButton =
  | 'pause'
  | 'resume'
  | 'stop'
  | 'start'
  | 'status'
  | 'logs'
  | 'leaderboard'
  | 'research'
  | 'tree'
  | 'compare'
  | 'why';

const slugButtons = {
  pause: ['common:btn.pause', 'common:hint.pause'],
  resume: ['common:btn.resume', 'common:hint.resume'],
  stop: ['common:btn.stop', 'common:hint.stop'],
  start: ['common:btn.start', 'common:hint.start'],
  status: ['common:btn.open', 'common:hint.open'],
  logs: ['common:btn.logs', 'common:hint.logs'],
  leaderboard: ['common:btn.leaderboard', 'common:hint.leaderboard'],
  research: ['common:btn.research', 'common:hint.research'],
  tree: ['answers:btn.tree', 'answers:hint.tree'],
  compare: ['answers:btn.compare', 'answers:hint.compare'],
  why: ['answers:btn.why', 'answers:hint.why'],
} as const satisfies Record<SlugButton, readonly [label: TextKey, hint: TextKey]>;

/** One of the usual buttons of a competition. */
export function slugButton(
  place: Place,
  name: SlugButton,
  slug: string,
  style: ButtonStyle = 'plain',
): CardAction[] {
  const [label, hint] = slugButtons[name];
  const { plain } = place.voice;
  return button(place, name, [slug], { label: plain(label), style, hint: plain(hint, { slug }) });
}

/** A list of actions; none where it would be empty. */
export function menu(place: Place, placeholder: string, entries: readonly MenuEntry[]): CardAction[] {
  const options = entries.flatMap(({ label, name, args }) => {
    const action = actionText(place, name, args);
    return action === null ? [] : [{ action, label: shorten(label, longestMenuLabel) }];
  });
  return options.length === 0 ? [] : [{ kind: 'menu', placeholder: shorten(placeholder, 75), options }];
}
