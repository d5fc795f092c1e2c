/** Every button's meaning. Arguments are ids only; whoever presses is checked when they press. */
const actionNames = [
  /** decision id, option id */
  'decide',
  /** decision id: opens the form with a note */
  'note',
  /** decision id: numbers behind it, privately */
  'details',
  /** decision id: asks again while that can be undone */
  'again',
  /** decision id: more time, once */
  'snooze',
  /** slug */
  'start',
  'pause',
  'resume',
  /** slug: asks before it does */
  'stop',
  /** slug: was confirmed */
  'stop-now',
  'status',
  /** slug, page */
  'research',
  /** slug */
  'tree',
  /** slug */
  'compare',
  /** slug, number */
  'node',
  'leaderboard',
  'logs',
  'budget',
  /** every rented machine */
  'gpus-stop',
  'gpus-allow',
  /** filter, page */
  'list',
  /** filter, page */
  'discover',
  /** slug */
  'why',
  /** nothing, or a command's name */
  'help',
  'config',
  /** a form */
  'start-form',
  'budget-form',
  'config-form',
  /** language */
  'language',
] as const;

export type ActionName = (typeof actionNames)[number];

export type Action = {
  name: ActionName;
  args: readonly string[];
  /** Of the installation whose button it is. */
  installation: string;
};

const version = 'k1';
/** Discord allows no more in a custom id. */
const longest = 100;
const partForm = /^[\w-]*$/;

/**
 * The text that travels in a button, `k1.<installation>.<name>.<argument>…`.
 * @param installation the first 8 characters of the installation's id
 * @throws RangeError where it would be longer than 100 characters or an argument holds other characters than
 * letters, digits, `_` and `-`
 */
export function encodeAction({ installation, name, args }: Action): string {
  const parts = [version, installation, name, ...args.map(shorten)];
  const text = parts.join('.');
  if (text.length > longest || parts.some((part) => !partForm.test(part))) {
    throw new RangeError(`an action cannot be written into a button: ${name}`);
  }
  return text;
}

/** As `encodeAction`; null where the arguments do not fit into a button. */
export function actionText(
  place: Pick<Action, 'installation'>,
  name: ActionName,
  args: readonly string[] = [],
): string | null {
  try {
    return encodeAction({ installation: place.installation, name, args });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** @returns null for what no version of ours can have written */
export function decodeAction(text: string): Action | null {
  const [prefix, installation, name, ...args] = text.split('.');
  const known = actionNames.find((one) => one === name);
  if (prefix !== version || installation === undefined || known === undefined) return null;
  if (text.length > longest || args.some((arg) => !partForm.test(arg))) return null;
  return { name: known, args: args.map(lengthen), installation };
}

const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const shortUuid = /^u([A-Za-z0-9_-]{22})$/;

/** Slugs go as they are; UUIDs in 23 characters. */
function shorten(arg: string): string {
  if (!uuidForm.test(arg)) return arg;
  const bytes = arg.replaceAll('-', '').match(/../g) ?? [];
  const binary = String.fromCharCode(...bytes.map((byte) => Number.parseInt(byte, 16)));
  return `u${btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
}

function lengthen(arg: string): string {
  const packed = shortUuid.exec(arg)?.[1];
  if (packed === undefined) return arg;
  const hex = [...atob(packed.replaceAll('-', '+').replaceAll('_', '/'))]
    .map((char) => char.charCodeAt(0).toString(16).padStart(2, '0'))
    .join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
