import type { Scene } from '../bot/answers/scene.ts';
import type { Card } from '../bot/card.ts';
import { cardText } from '../bot/console/card-text.ts';
import { createPlainInk } from '../bot/inks/plain.ts';
import { createVoice } from '../bot/voice.ts';

/** What the chats answer, as text on the command line: in English, in the machine's own zone, without buttons. */
export function presentAnswer(now: Date, answer: (scene: Scene) => Card): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const card = answer({
    voice: createVoice({ locale: 'en', ink: createPlainInk(), timeZone, now }),
    installation: 'command',
    preferences: {
      language: 'en',
      timeZone,
      quietHours: null,
      digestAt: null,
      bars: true,
      broadcast: [],
    },
    platform: 'console',
    canSlash: true,
    person: {
      actor: { type: 'command', user: 'you' },
      name: 'you',
      role: 'viewer',
      locale: 'en',
      timeZone,
    },
  });
  return cardText({
    ...card,
    items: card.items.map((item) => ({ ...item, action: null })),
    actions: [],
    footer: null,
  });
}
