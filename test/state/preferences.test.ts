import { expect, test } from 'vitest';
import type { Preferences } from '../../src/domain/preferences.ts';
import { changePreferences, readPreferences } from '../../src/state/preferences.ts';
import { someActor as actor } from '../support/builders.ts';
import { freshState } from '../support/database.ts';

const defaults: Preferences = {
  language: 'en',
  timeZone: 'Europe/Berlin',
  quietHours: { from: '22:00', to: '08:00' },
  digestAt: '09:00',
  bars: true,
  broadcast: ['started', 'decision'],
};

test('people are talked to as configured, but for what somebody changed', async () => {
  const { state, pool } = await freshState();
  const change = (changes: Partial<Preferences>) => changePreferences(state, { changes, defaults, actor });

  expect(await readPreferences(state, defaults)).toEqual(defaults);
  await change({ language: 'ja', digestAt: null });
  expect(await change({ quietHours: null })).toEqual({
    ...defaults,
    language: 'ja',
    digestAt: null,
    quietHours: null,
  });

  // a new value in the configuration shows where nobody changed it
  expect(await readPreferences(state, { ...defaults, timeZone: 'Asia/Tokyo', language: 'en' })).toMatchObject(
    {
      timeZone: 'Asia/Tokyo',
      language: 'ja',
      digestAt: null,
    },
  );
  const { rows } = await pool.query('select actor, action, details from audit_log order by id');
  expect(rows).toEqual([
    { actor, action: 'preferences.set', details: { language: 'ja', digestAt: null } },
    { actor, action: 'preferences.set', details: { quietHours: null } },
  ]);
});

test('changes of several people at once are all kept', async () => {
  const { state } = await freshState();
  const changes: Partial<Preferences>[] = [
    { language: 'ja' },
    { timeZone: 'Asia/Tokyo' },
    { bars: false },
    { broadcast: ['finished'] },
  ];

  await Promise.all(changes.map((one) => changePreferences(state, { changes: one, defaults, actor })));

  expect(await readPreferences(state, defaults)).toMatchObject(Object.assign({}, ...changes));
});

test('what this machine cannot follow counts as not changed', async () => {
  const { state, pool } = await freshState();
  await pool.query(
    `update preferences set changes = '{"timeZone": "Mars/Olympus", "bars": false, "unknown": 1}'`,
  );

  expect(await readPreferences(state, defaults)).toEqual({ ...defaults, bars: false });
});
