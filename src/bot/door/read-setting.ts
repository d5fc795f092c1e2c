import { broadcastKinds, isTimeZone, locales, type Preferences } from '../../domain/preferences.ts';
import type { Problem } from '../command.ts';
import type { ConfigName } from '../commands.ts';

export type ReadSetting = { change: Partial<Preferences> } | { wrong: Problem };

const timeOfDay = /^([01]?\d|2[0-3]):([0-5]\d)$/;
const offWords = /^(off|none|no|never|-|オフ|なし)$/i;
const onWords = /^(on|yes|オン|あり)$/i;

/** One setting as people write it: `language ja`, `quiet-hours 22:00-08:00`, `bars off`. */
export function readSetting(name: ConfigName, typed: string): ReadSetting {
  const value = typed.normalize('NFKC').trim();
  const wrong = (choices: string): ReadSetting => ({ wrong: { is: 'unknown_word', typed: value, choices } });
  switch (name) {
    case 'language': {
      const language = locales.find((one) => one === value.toLowerCase());
      return language === undefined ? wrong(locales.join(', ')) : { change: { language } };
    }
    case 'time-zone':
      return isTimeZone(value) ? { change: { timeZone: value } } : wrong('Asia/Tokyo, Europe/Berlin, UTC, …');
    case 'digest': {
      if (offWords.test(value)) return { change: { digestAt: null } };
      const at = timeOf(value);
      return at === null ? wrong('09:00, off') : { change: { digestAt: at } };
    }
    case 'quiet-hours': {
      if (offWords.test(value)) return { change: { quietHours: null } };
      const [from = null, to = null] = value.split(/\s*[-–~〜]\s*/).map(timeOf);
      return from === null || to === null
        ? wrong('22:00-08:00, off')
        : { change: { quietHours: { from, to } } };
    }
    case 'bars':
      if (onWords.test(value)) return { change: { bars: true } };
      return offWords.test(value) ? { change: { bars: false } } : wrong('on, off');
    case 'broadcast':
      return readBroadcast(value, wrong);
  }
}

function readBroadcast(value: string, wrong: (choices: string) => ReadSetting): ReadSetting {
  if (offWords.test(value)) return { change: { broadcast: [] } };
  const words = value.split(/[\s,、]+/).filter((word) => word !== '');
  const kinds = broadcastKinds.filter((kind) => words.includes(kind));
  const unknown = words.find((word) => !broadcastKinds.some((kind) => kind === word));
  return unknown === undefined && kinds.length > 0
    ? { change: { broadcast: kinds } }
    : wrong([...broadcastKinds, 'none'].join(', '));
}

/** `9:00` and `09:00` as `09:00`. */
function timeOf(typed: string): string | null {
  const [, hour, minute] = timeOfDay.exec(typed.trim()) ?? [];
  return hour === undefined || minute === undefined ? null : `${hour.padStart(2, '0')}:${minute}`;
}
