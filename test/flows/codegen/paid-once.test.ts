import { expect, test } from 'vitest';
import { z } from 'zod';
import { TransientFailure } from '../../../src/domain/errors.ts';
import { gateReportSchema } from '../../../src/providers/quality/contract.ts';
import { planName } from '../../support/claude/personas/asked.ts';
import { persona } from '../../support/claude/personas/persona.ts';
import { anOpenPersonaWorld, expectWhatWasBilled, proposing } from '../../support/persona-world.ts';
import { driveTo, runJob, startedCompetition } from '../../support/practice-world.ts';

const never = async (): Promise<never> => {
  throw new Error('No script runs in this test.');
};

test('a script that was paid for and not judged is not paid again, whatever became of others meanwhile', async () => {
  let isDying = true;
  const ofThree = await anOpenPersonaWorld(persona(), {
    policy: { approachesPerRound: 3 },
    context: {
      research: [proposing(['first', 'second'])],
      quality: {
        async check({ script }) {
          if (isDying) throw new TransientFailure('the worker is gone', { code: 'worker.gone' });
          const isBad = script.startsWith('"""second:');
          const checks = [{ name: 'compile', status: 'failed', seconds: 0, message: 'It is no Python.' }];
          return gateReportSchema.parse({ passed: !isBad, checks: isBad ? checks : [], estimateSeconds: 1 });
        },
        ablate: never,
        tryOut: never,
        review: null,
      },
    },
  });
  const { world, emulator } = ofThree;
  const coding = await driveTo(world, await startedCompetition(world), 'code_generating');
  await runJob(world.ctx, 'codegen.plan', { competitionId: coding.id, version: coding.version });
  const { rows } = await world.pool.query(
    'select g.id, a.name from generated_code g join approaches a on a.id = g.approach_id',
  );
  const codes = z.array(z.object({ id: z.string(), name: z.string() })).parse(rows);
  const write = (node: string) =>
    runJob(world.ctx, 'codegen.generate', { itemId: codes.find(({ name }) => name === node)?.id });

  await expect(write('first')).rejects.toMatchObject({ code: 'worker.gone' });
  isDying = false;
  await write('second');
  await write('first');

  const drafts = emulator.asked.filter(({ asked }) => asked.startsWith('# Your task: a draft'));
  expect(drafts.map(({ asked }) => planName(asked))).toEqual(['first', 'second']);
  await expectWhatWasBilled(ofThree);
});
