import { expect, test } from 'vitest';
import { defaultSearchSettings } from '../../../src/domain/search/settings.ts';
import { readTree } from '../../../src/flows/search/read-tree.ts';
import { readModelCosts } from '../../../src/state/llm.ts';
import { setBudget } from '../../../src/state/money.ts';
import { listNodeSummaries } from '../../../src/state/node-summaries.ts';
import { listSubmissions } from '../../../src/state/submissions.ts';
import { someActor } from '../../support/builders.ts';
import { persona } from '../../support/claude/personas/persona.ts';
import { anOpenPersonaWorld, expectWhatWasBilled, outlineOf } from '../../support/persona-world.ts';
import { driveTo, now, startedCompetition } from '../../support/practice-world.ts';

/** Three rounds, or one, on a machine that may be busy. */
const longMs = 120_000;

test(
  'a search of three rounds plans, improves and remembers, and reads its prompts from the cache',
  async () => {
    const world = await anOpenPersonaWorld(persona(), {
      policy: { maxRounds: 3, approachesPerRound: 2, search: { ...defaultSearchSettings, drafts: 2 } },
    });
    const { ctx } = world.world;

    const ended = await driveTo(world.world, await startedCompetition(world.world), 'completed');

    const tree = await readTree(ctx, await now(world.world, ended));
    const operators = tree.nodes.map(
      ({ round, operator, generator }) => `${round} ${operator} by ${generator}`,
    );
    expect(operators.slice(0, 2)).toEqual(['1 draft by baseline', '1 draft by claude']);
    expect(operators.filter((line) => line.endsWith('improve by claude')).length).toBeGreaterThan(1);
    expect(tree.nodes.every(({ status }) => status === 'scored')).toBe(true);
    expect(await listSubmissions(ctx.state, ended.id)).not.toEqual([]);
    expect(await listNodeSummaries(ctx.state, ended.id)).toHaveLength(tree.nodes.length);
    const { asked } = world.emulator;
    const improvements = asked.filter((call) => call.asked.startsWith('# Your task: an improvement'));
    expect(
      improvements.every((call) => call.asked.includes('It taught: Counting is a sound floor here.')),
    ).toBe(true);
    // The pages of the competition came with the beginning, and nothing of a gate.
    expect(improvements[0]?.system).toContain('Submissions are judged by accuracy.');
    expect(asked.some((call) => /gate(?:'s)? score|"gate":/i.test(call.asked))).toBe(false);
    const usage = world.emulator.billed.map(({ usage }) => usage);
    const read = usage.reduce((sum, { cache_read_input_tokens: tokens }) => sum + tokens, 0);
    const all = usage.reduce(
      (sum, one) => sum + one.input_tokens + one.cache_read_input_tokens + one.cache_creation_input_tokens,
      0,
    );
    expect(read / all).toBeGreaterThan(0.4);
    await expectWhatWasBilled(world);
  },
  longMs,
);

test(
  'where the cap leaves no room for code the built-in generator goes on, and the cap holds',
  async () => {
    const world = await anOpenPersonaWorld(persona());
    const { ctx } = world.world;
    const capMicroUsd = 500_000;
    await setBudget(ctx.state, 'llm_competition', capMicroUsd, someActor);

    const ended = await driveTo(world.world, await startedCompetition(world.world), 'completed');

    const outline = await outlineOf(world, ended);
    expect(outline.every((line) => line.endsWith('draft scored by baseline'))).toBe(true);
    expect(await listSubmissions(ctx.state, ended.id)).toMatchObject([{ status: 'scored' }]);
    const { total } = await readModelCosts(ctx.state, ended.id);
    expect(total?.microUsd).toBeLessThanOrEqual(capMicroUsd);
    await expectWhatWasBilled(world);
  },
  longMs,
);
