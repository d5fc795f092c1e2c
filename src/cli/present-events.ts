import { cut } from '../bot/shorten.ts';
import { alignColumns } from '../bot/text-columns.ts';
import type { ListedEvent } from './commands.ts';
import { createMoment, type Place } from './format.ts';

const payloadWidth = 60;

export function presentEvents(events: readonly ListedEvent[], place: Place): string {
  if (events.length === 0) return 'There are no such events.';
  const moment = createMoment(place);
  return alignColumns([
    ['id', 'at', 'event', 'competition', 'sent', 'payload'],
    ...events.map(({ id, at, type, slug, delivery, payload }) => [
      String(id),
      moment(at),
      type,
      slug ?? '–',
      delivery === null ? 'waits' : delivery === 0 ? 'once' : `${delivery + 1} times`,
      cut(JSON.stringify(payload) ?? '', payloadWidth),
    ]),
  ]).join('\n');
}
