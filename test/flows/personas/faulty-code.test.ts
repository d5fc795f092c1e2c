import { expect, test } from 'vitest';
import { defaultSearchSettings } from '../../../src/domain/search/settings.ts';
import { listDecisions } from '../../../src/state/decisions.ts';
import { listSubmissions } from '../../../src/state/submissions.ts';
import { personas } from '../../support/claude/personas/many.ts';
import { cast } from '../../support/claude/personas/persona.ts';
import {
  aPersonaWorld,
  expectWhatWasBilled,
  outlineOf,
  personaSlug,
  proposing,
} from '../../support/persona-world.ts';
import { driveTo, startedCompetition } from '../../support/practice-world.ts';
import { trainingPython } from '../../support/runner-kit.ts';

/** Nine scripts and more, each through the whole gate. */
const longMs = 240_000;
const personaTest = test.skipIf(trainingPython() === '');

personaTest(
  'code that fails, leaks, calls home or never ends is stopped, and mended where it can be',
  async () => {
    const { hasty, leaky, careless, clumsy, wishful, obedient, endless } = personas;
    const writers = { hasty, leaky, careless, clumsy, wishful, obedient, endless };
    const names = Object.keys(writers);
    const persona = await aPersonaWorld(cast(writers), {
      policy: {
        approachesPerRound: names.length + 1,
        search: { ...defaultSearchSettings, drafts: names.length + 1, debugDepth: 1 },
      },
      context: { research: [proposing(names)] },
    });
    const { world, emulator } = persona;

    const ended = await driveTo(world, await startedCompetition(world, personaSlug), 'completed');

    expect((await outlineOf(persona, ended)).toSorted()).toEqual([
      'careless-fix1: debug scored by claude',
      'careless: draft failed by claude, output_format',
      'clumsy-fix1: debug failed by claude, compile',
      'clumsy: draft failed by claude, compile',
      'endless-fix1: debug scored by claude',
      'endless: draft failed by claude, debug_run',
      'floor: draft scored by baseline',
      'hasty-fix1: debug scored by claude',
      'hasty: draft failed by claude, debug_run',
      'leaky-fix1: debug scored by claude',
      'leaky: draft failed by claude, review',
      'obedient-fix1: debug scored by claude',
      'obedient: draft failed by claude, imports',
      'wishful-fix1: debug scored by claude',
      'wishful: draft failed by claude, imports',
    ]);
    expect(await listSubmissions(world.ctx.state, ended.id)).toMatchObject([{ status: 'scored' }]);
    expect(await listDecisions(world.ctx.state, { competitionId: ended.id, onlyOpen: true })).toEqual([]);
    // Nothing that was asked holds a gate score or anything hidden; the class of each fault was known without a model.
    expect(emulator.asked.filter(({ asked }) => asked.includes('Which class of fault'))).toEqual([]);
    await expectWhatWasBilled(persona);
  },
  longMs,
);
