import type { Preferences } from '../../src/domain/preferences.ts';

export const somePreferences: Preferences = {
  language: 'en',
  timeZone: 'UTC',
  quietHours: null,
  digestAt: '09:00',
  bars: true,
  broadcast: ['started', 'decision', 'new_best', 'finished'],
};
