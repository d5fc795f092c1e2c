import { usePlace } from '../state/place.ts';
import { Icon } from './icon.tsx';

const hues = [205, 160, 275, 25, 340, 190, 95];

/** Decoration beside a name. */
export function Avatar({ user, isApp }: { user: string; isApp: boolean }) {
  const { nameOf } = usePlace();
  if (isApp) {
    return (
      <span className="avatar avatar-app" aria-hidden="true">
        <Icon name="app" />
      </span>
    );
  }
  const name = nameOf(user) ?? user;
  const sum = [...user].reduce((total, char) => total + (char.codePointAt(0) ?? 0), 0);
  return (
    <span className={`avatar avatar-${sum % hues.length}`} aria-hidden="true">
      {[...name][0]?.toLocaleUpperCase() ?? '?'}
    </span>
  );
}
