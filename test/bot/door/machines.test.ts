import { expect, test } from 'vitest';
import { parseCommand } from '../../../src/bot/parse-command.ts';
import type { StopGpusResult } from '../../../src/domain/command-results.ts';
import { aPerson, aPlace, doorOver } from '../../support/door.ts';
import { flowsOver } from '../../support/overviews.ts';

const nothing: StopGpusResult = { stopped: [], left: [], unknown: [], isHeld: true };
const machine = { provider: 'vast', id: '7000001', pricePerHourUsd: 0.08 };

test.each(['stop --all-gpus', 'stop all-gpus', 'stop \u2014all-gpus'])(
  '%s means every rented machine',
  (line) => {
    expect(parseCommand(line)).toEqual({
      kind: 'command',
      command: { verb: 'stop', slug: null, allGpus: true },
    });
  },
);

test('only stop and resume know it, and nothing beside it', () => {
  expect(parseCommand('resume --all-gpus')).toMatchObject({ command: { verb: 'resume', allGpus: true } });
  expect(parseCommand('pause --all-gpus')).toMatchObject({ kind: 'usage' });
  expect(parseCommand('stop titanic --all-gpus')).toMatchObject({ kind: 'usage' });
});

function aDoor(result: StopGpusResult, role: 'viewer' | 'operator' | 'admin' = 'operator') {
  const asked: string[] = [];
  const flows = flowsOver([], {
    stopGpus: async () => {
      asked.push('stop');
      return result;
    },
    allowGpus: async () => {
      asked.push('allow');
      return { outcome: 'done' };
    },
  });
  const door = doorOver(flows);
  return {
    asked,
    say: (line: string) =>
      door.command({ text: line, person: aPerson(role), where: aPlace({ isHome: true }) }),
  };
}

test('an operator stops all machines at once, and everybody sees what came of it, in the home channel too', async () => {
  const { asked, say } = aDoor({ ...nothing, stopped: [machine, machine] });

  const reply = await say('stop --all-gpus');

  expect(asked).toEqual(['stop']);
  expect(reply).toMatchObject({ kind: 'card', audience: 'public' });
  const text = JSON.stringify(reply);
  expect(text).toContain('2 rented machines ended.');
  expect(text).toContain('resume --all-gpus');
});

test('what is left and what nobody knows is said, with the button to try again', async () => {
  const { say } = aDoor({
    ...nothing,
    left: [{ ...machine, reason: 'It is away.' }],
    unknown: [{ provider: 'saladcloud', reason: 'No answer.' }],
  });

  const text = JSON.stringify(await say('stop --all-gpus'));

  expect(text).toContain('Not every rented machine is stopped');
  expect(text).not.toContain('No rented machine was there');
  expect(text).toContain('Still there: 7000001 on Vast.ai');
  expect(text).toContain('SaladCloud does not say what is there: No answer.');
  expect(text).toContain('gpus-stop');
});

test('a stop that the database did not take does not claim that nothing is rented', async () => {
  const { say } = aDoor({ ...nothing, stopped: [machine], isHeld: false });

  const text = JSON.stringify(await say('stop --all-gpus'));

  expect(text).toContain('Not every rented machine is stopped');
  expect(text).toContain('may be rented again at any moment');
  expect(text).not.toContain('gpus-allow');
});

test('a viewer stops nothing, and only an admin allows renting again', async () => {
  const viewer = aDoor(nothing, 'viewer');
  await viewer.say('stop --all-gpus');
  const operator = aDoor(nothing, 'operator');
  await operator.say('resume --all-gpus');
  const admin = aDoor(nothing, 'admin');
  await admin.say('resume --all-gpus');

  expect(viewer.asked).toEqual([]);
  expect(operator.asked).toEqual([]);
  expect(admin.asked).toEqual(['allow']);
});

test('the budget names each rented machine, with what is reserved for it, and can stop them', async () => {
  const flows = flowsOver([]);
  const rented = { ...machine, title: 'RTX 3060 (8 GB), batch', slug: 'titanic' };
  const money = { usdPerHour: 0.03, usd: 0.004, reservedUsd: 0.11 };
  const budget: typeof flows.budget = async (input) => {
    return { ...(await flows.budget(input)), machines: [{ ...rented, ...money }] };
  };
  const door = doorOver({ ...flows, budget });

  // `gpus` is what somebody types who looks for machines.
  const text = JSON.stringify(await door.command({ text: 'gpus', person: aPerson(), where: aPlace() }));

  expect(text).toContain(
    'Rented now: RTX 3060 (8 GB), batch on Vast.ai for titanic, $0.03 an hour, less than $0.01 so far; $0.11 is reserved for it',
  );
  expect(text).toContain('gpus-stop');
});
