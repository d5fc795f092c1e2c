import { expect, test } from 'vitest';
import { defaultSearchSettings } from '../../../src/domain/search/settings.ts';
import { listSubmissions } from '../../../src/state/submissions.ts';
import { personas } from '../../support/claude/personas/many.ts';
import { cast } from '../../support/claude/personas/persona.ts';
import {
  anOpenPersonaWorld,
  expectWhatWasBilled,
  outlineOf,
  proposing,
} from '../../support/persona-world.ts';
import { driveTo, startedCompetition } from '../../support/practice-world.ts';

/** Seven scripts are written and trained, on a machine that may be busy. */
const longMs = 120_000;

test(
  'where a model declines, breaks off or gives no file, the generator without a model writes',
  async () => {
    const { capable, refusing, shortOfBreath, talkative, wordy, stubborn } = personas;
    const writers = { capable, refusing, 'short-of-breath': shortOfBreath, talkative, wordy, stubborn };
    const names = Object.keys(writers);
    const persona = await anOpenPersonaWorld(cast(writers), {
      policy: {
        approachesPerRound: names.length + 1,
        search: { ...defaultSearchSettings, drafts: names.length + 1 },
      },
      context: { research: [proposing(names)] },
    });
    const { world } = persona;

    const ended = await driveTo(world, await startedCompetition(world), 'completed');

    expect((await outlineOf(persona, ended)).toSorted()).toEqual([
      'capable: draft scored by claude',
      'floor: draft scored by baseline',
      'refusing: draft scored by baseline',
      'short-of-breath: draft scored by claude',
      'stubborn: draft scored by baseline',
      'talkative: draft scored by baseline',
      'wordy: draft scored by claude',
    ]);
    expect(await listSubmissions(world.ctx.state, ended.id)).toMatchObject([{ status: 'scored' }]);
    await expectWhatWasBilled(persona);
  },
  longMs,
);
