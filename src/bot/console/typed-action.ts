import { decodeAction } from '../action.ts';
import { shortIdOf } from '../cards/option-words.ts';

/**
 * The line that does the same as a button, for where nothing can be pressed: `/kaggle pause titanic`.
 * @param label of the button: an option's begins with its letter
 * @returns null where nothing that is typed does that
 */
export function typedAction(text: string, label: string): string | null {
  const action = decodeAction(text);
  if (action === null) return null;
  const line = lineOf(action.name, action.args, label);
  return line === null ? null : `/kaggle ${line}`;
}

function lineOf(
  name: NonNullable<ReturnType<typeof decodeAction>>['name'],
  [first = '', second]: readonly string[],
  label: string,
): string | null {
  switch (name) {
    case 'start':
    case 'pause':
    case 'resume':
    case 'stop':
    case 'status':
    case 'tree':
    case 'why':
    case 'budget':
      return `${name} ${first}`.trimEnd();
    case 'leaderboard':
    case 'research':
    case 'node':
    case 'logs':
      return [name, first, second ?? ''].filter((word) => word !== '').join(' ');
    case 'list':
    case 'discover':
      return [name, first, second === undefined || second === '1' ? '' : second]
        .filter((word) => word !== '')
        .join(' ');
    case 'decide':
    case 'note':
      return second === undefined
        ? null
        : `decide ${shortIdOf(first)} ${/^[A-E](?= )/.exec(label)?.[0] ?? second}`;
    case 'snooze':
      return `decide ${shortIdOf(first)} later`;
    case 'again':
      return `decide ${shortIdOf(first)} again`;
    case 'details':
      return `decide ${shortIdOf(first)}`;
    case 'help':
      return `help ${first}`.trimEnd();
    case 'config':
      return 'config';
    case 'start-form':
      return 'start';
    case 'budget-form':
      return 'budget set';
    case 'config-form':
      return 'config set';
    default:
      return null;
  }
}
